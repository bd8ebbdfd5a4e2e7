import { h } from "../shared/dom.ts";
import type { Context, Section } from "./context.ts";
import { icon } from "./icon.ts";
import type { AlertEvent } from "./model.ts";
import { said, type WordKey, wordsOr } from "./words.ts";

/** Older ones are in the log. */
const MOST = 3;

type Suggestion = [command: string, values?: Record<string, unknown>];

/** What helps with one press, by the kind of trouble. */
const SUGGESTIONS: Record<string, Suggestion[]> = {
  "nan-loss": [["restore_best"], ["lr_factor", { value: 0.1 }], ["stop"]],
  diverging: [["restore_best"], ["lr_factor", { value: 0.1 }], ["pause"]],
  "exploding-gradients": [["lr_factor", { value: 0.1 }], ["pause"]],
  "vanishing-gradients": [["pause"]],
  "rate-too-high": [
    ["lr_factor", { value: 0.5 }],
    ["lr_factor", { value: 0.1 }],
  ],
  overfitting: [["restore_best"], ["stop_after_epoch"]],
};

/** What the guard found: what happened, what to try, and buttons for what can be done at once. */
export function alerts({ session, t, memory, guard }: Context): Section {
  const list = h("div", { class: "dash-alert-list", role: "log", "aria-label": t("alerts") });
  const more = h("p", { class: "tfw-muted", hidden: true });
  const element = h("section", { class: "dash-alerts" }, list, more);
  const cards = new Map<number, HTMLElement>();

  function offered([command]: Suggestion): boolean {
    if (!session.steerable) return false;
    if (command === "restore_best") return (session.progress.best ?? null) !== null;
    return command !== "pause" || session.status !== "paused";
  }

  function card(event: AlertEvent, number: number): HTMLElement {
    const what = said(event.said, t) || wordsOr(t, `alert-${event.alert}`, event.alert);
    const advice = said(event.advice, t);
    return h(
      "article",
      { class: "dash-alert", "data-level": event.level },
      icon("alert"),
      h(
        "div",
        {},
        h(
          "p",
          { class: "dash-alert-what" },
          what,
          " ",
          h("span", { class: "tfw-muted" }, t("alert-at", { step: event.step })),
        ),
        advice && h("p", {}, advice),
        event.action &&
          h(
            "p",
            { class: "tfw-muted" },
            t("alert-action", { what: wordsOr(t, event.action, event.action) }),
          ),
        h(
          "div",
          { class: "dash-suggestions" },
          ...(SUGGESTIONS[event.alert] ?? []).map(([command, values = {}]) =>
            h(
              "button",
              {
                type: "button",
                class: "tfw-button",
                "data-command": command,
                onclick: guard(() => session.command(command, values)),
              },
              command === "lr_factor"
                ? t("slower", { factor: Number(values.value) })
                : t(command as WordKey),
            ),
          ),
        ),
      ),
      h(
        "button",
        {
          type: "button",
          class: "dash-close",
          "aria-label": t("dismiss"),
          title: t("dismiss"),
          onclick: guard(() => {
            memory.dismissed.add(number);
            update();
          }),
        },
        icon("close"),
      ),
    );
  }

  function update(): void {
    const found = session.log.flatMap((event, k) =>
      event.kind === "alert" && !memory.dismissed.has(k) ? [[event, k] as const] : [],
    );
    const shown = found.slice(-MOST).reverse();
    const wanted = new Set(shown.map(([, k]) => k));
    for (const [k, made] of cards) {
      if (wanted.has(k)) continue;
      made.remove();
      cards.delete(k);
    }
    for (const [event, k] of [...shown].reverse()) {
      if (cards.has(k)) continue;
      const made = card(event, k);
      cards.set(k, made);
      list.prepend(made);
    }
    for (const [event, k] of shown) {
      for (const button of cards.get(k)?.querySelectorAll<HTMLElement>("[data-command]") ?? []) {
        const suggestion = (SUGGESTIONS[event.alert] ?? []).find(
          ([command]) => command === button.dataset.command,
        );
        button.hidden = !suggestion || !offered(suggestion);
      }
    }
    const others = found.length - shown.length;
    more.hidden = others === 0;
    more.textContent = others ? t("alerts-more", { n: others }) : "";
    element.hidden = found.length === 0;
  }

  return {
    element,
    update(changes) {
      if (changes.has("opened")) {
        for (const made of cards.values()) made.remove();
        cards.clear();
      }
      update();
    },
  };
}
