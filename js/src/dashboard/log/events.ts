import { type Child, h } from "../../shared/dom.ts";
import { translator } from "../../shared/i18n.ts";
import { outside, visible } from "../../shared/text.ts";
import type { CommandEvent, Facts, LogEvent, Said } from "../model.ts";
import { type LogKey, type LogWords, logWords } from "./words.ts";

/** "0:42": minutes and seconds since the training began. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

const sentence = (said: Said | null | undefined, t: LogWords): string =>
  said ? visible(typeof said === "string" ? said : (said[t.language] ?? "")) : "";

const named = (t: LogWords, key: string, otherwise: string): string =>
  key in logWords ? t(key as LogKey) : otherwise;

/** What a command was, in words. */
function asked({ command, values }: CommandEvent, facts: Facts, t: LogWords): string {
  const group = facts.groups?.[Number(values.group)] ?? String(values.group ?? "");
  const params = {
    value: typeof values.value === "number" ? values.value : "",
    group: visible(group),
    panel: named(t, `panel.${values.name}`, visible(String(values.name ?? ""))),
  };
  const onOff = `${command}.${values.on ? "on" : "off"}`;
  const which = values.on !== undefined && `command.${onOff}` in logWords ? onOff : command;
  const key = `command.${which}`;
  return key in logWords ? t(key as LogKey, params) : visible(command);
}

interface Line {
  kind: string;
  sign: string;
  said: Child[];
  how: string;
}

function line(event: LogEvent, facts: Facts, t: LogWords): Line {
  if (event.kind === "command") {
    const by = named(t, `by.${event.by}`, visible(event.by));
    const why = sentence(event.why, t);
    return {
      kind: event.applied ? "applied" : "refused",
      sign: event.applied ? "✓" : "✕",
      said: [asked(event, facts, t), why !== "" && h("span", { class: "log-why" }, ` ${why}`)],
      how: `${by} · ${t(event.applied ? "applied" : "refused")}`,
    };
  }
  if (event.kind === "alert") {
    const what = sentence(event.said, t) || named(t, `alert.${event.alert}`, visible(event.alert));
    const advice = sentence(event.advice, t);
    const level = event.level === "error" ? "error" : "warning";
    return {
      kind: level,
      sign: level === "error" ? "!!" : "!",
      said: [what, advice !== "" && h("span", { class: "log-why" }, ` ${advice}`)],
      how: event.action
        ? `${t(level)} · ${named(t, `command.${event.action}`, visible(event.action))}`
        : t(level),
    };
  }
  return { kind: "message", sign: "i", said: [sentence(event.text, t)], how: t("message") };
}

/** All that happened, in order: when, at which step, what, who asked and whether it was done. */
export class EventList {
  readonly element: HTMLElement;
  #t: LogWords;
  #body = h("tbody");
  #empty: HTMLElement;
  #table: HTMLElement;
  #count = 0;

  constructor(language: "en" | "de") {
    this.#t = translator(language, logWords);
    const t = this.#t;
    this.#empty = h("p", { class: "tfw-muted" }, t("empty"));
    const column = (key: LogKey, name: string) =>
      h("th", { scope: "col", class: `log-${name}` }, t(key));
    this.#table = h(
      "table",
      { class: "tfw-plain tfw-plain-facts log-table" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          column("column.time", "time"),
          column("column.step", "step"),
          column("column.what", "what"),
          column("column.how", "how"),
        ),
      ),
      this.#body,
    );
    this.element = h(
      "div",
      { class: "tfw-scroll log-scroll", tabindex: 0, role: "group", "aria-label": t("label") },
      this.#empty,
      this.#table,
    );
    this.#show();
  }

  /** Events are only added, so that what is drawn stays; the end stays in sight. */
  update(events: LogEvent[], facts: Facts): void {
    if (events.length < this.#count) {
      this.#body.replaceChildren();
      this.#count = 0;
    }
    const { element } = this;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 8;
    for (const event of events.slice(this.#count)) this.#body.append(this.#row(event, facts));
    this.#count = events.length;
    this.#show();
    if (atEnd) element.scrollTop = element.scrollHeight;
  }

  /** What happened, in a few words. */
  say(event: LogEvent, facts: Facts): string {
    if (event.kind === "command") return asked(event, facts, this.#t);
    const { said } = line(event, facts, this.#t);
    return String(said[0] ?? "");
  }

  #show(): void {
    this.#empty.hidden = this.#count > 0;
    this.#table.hidden = this.#count === 0;
  }

  #row(event: LogEvent, facts: Facts): HTMLElement {
    const t = this.#t;
    const { kind, sign, said, how } = line(event, facts, t);
    return h(
      "tr",
      { "data-kind": kind },
      h("td", { class: "log-time" }, clock(event.time)),
      h("td", { class: "log-step" }, t.number(event.step)),
      h(
        "td",
        { class: "log-what" },
        h("span", { class: "log-sign", "aria-hidden": true }, sign),
        h("span", {}, ...said.map((part) => (typeof part === "string" ? outside(part) : part))),
      ),
      h("td", { class: "log-how" }, how),
    );
  }
}
