import { Detail } from "../../dashboard/detail.ts";
import { EventList } from "../../dashboard/log/events.ts";
import { ENDED, type Opened } from "../../dashboard/model.ts";
import { decode } from "../../shared/chart/curve.ts";
import type { Chart, Curve, Marker, Series } from "../../shared/chart/types.ts";
import { Zoom } from "../../shared/chart/zoom.ts";
import { fill, h } from "../../shared/dom.ts";
import type { Channel } from "../../shared/protocol.ts";
import { outside, visible } from "../../shared/text.ts";
import { duration, moment, settingText } from "../format.ts";
import type { Context, Opened as OpenView } from "../late.ts";
import type { RunRow } from "../model.ts";
import { asking, backButton } from "./asking.ts";
import { makeChart } from "./charts.ts";
import { epochTable } from "./epochs.ts";
import { exportButtons } from "./export.ts";
import { noteField } from "./note.ts";
import { flat } from "./settings.ts";
import { cell, table } from "./table.ts";
import { named, openTranslator } from "./words.ts";

/** How often (ms) a run that still goes is asked for again. */
const REFRESH = 2_000;
/** Charts of metrics drawn at once. */
const METRICS = 6;
const LOSSES = ["loss", "smooth_loss", "train_loss", "valid_loss"];

/** One run: its curves, its epochs, how it was made, what happened. */
export function runView(context: Context & { row: RunRow }): OpenView {
  const { session, row, guard, pill, onBack } = context;
  const t = openTranslator(context.language);
  const { channel } = session;
  const gone = new AbortController();
  const curves = new Map<string, Curve>();
  const zoom = new Zoom();
  const charts: Chart[] = [];
  // What a request is about is told by the view, not by what asks for finer curves.
  const about = {
    request: (type: string, params: object, options: object) =>
      channel.request(type, { ...params, run: row.id }, options),
  } as Pick<Channel, "request"> as Channel;
  const detail = new Detail(about, zoom, curves, () => {
    for (const each of charts) each.update();
  });
  const back = backButton(t, onBack);
  const status = h("span", {}, pill(row.status));
  const facts = h("p", { class: "tfw-muted" });
  const problem = h("div", { class: "tfw-problem" });
  const grid = h("div", { class: "runs-run-body" });
  const epochs = h("section");
  const settings = h("section");
  const events = new EventList(t.language);
  const log = h("details", { class: "runs-fold" }, h("summary", {}, t("log")), events.element);
  const body = h("div", { class: "runs-run-body", hidden: true }, grid, epochs, settings, log);
  const element = h(
    "section",
    { class: "runs-run", "aria-label": visible(row.name) },
    h(
      "div",
      { class: "runs-bar" },
      back,
      h("b", { class: "runs-title" }, outside(row.name)),
      status,
    ),
    facts,
    problem,
    !row.newer && noteField(row.note, t, (text) => session.note(row.id, text)),
    !row.newer && exportButtons(channel, row.id, t),
    body,
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  let current: Opened | undefined;
  let drawn = "";

  function series(name: string, colour: number, style: Series["style"]): Series {
    return { name, label: named(t, "curve", name), colour, style, curve: () => detail.curve(name) };
  }

  /** Charts are made once, and again when curves come up that there were none of. */
  function drawCharts(now: Opened): void {
    const names = [...curves.keys()];
    if (names.join("\n") === drawn) return;
    drawn = names.join("\n");
    for (const each of charts) each.dispose();
    const has = (name: string) => curves.has(name);
    const metrics = [...new Set(now.epochs.flatMap(({ values }) => Object.keys(values)))].filter(
      (name) => has(name) && !LOSSES.includes(name),
    );
    const loss: Series[] = [
      ...(has("loss") ? [series("loss", 0, "faint")] : []),
      ...(has("smooth_loss") ? [series("smooth_loss", 0, "line")] : []),
      ...(!has("loss") && has("train_loss") ? [series("train_loss", 0, "points")] : []),
      ...(has("valid_loss") ? [series("valid_loss", 1, "points")] : []),
    ];
    const others = [
      ...metrics.slice(0, METRICS).map((name) => [series(name, 2, "points")]),
      ...(has("lr") ? [[series("lr", 4, "line")]] : []),
    ];
    const make = (title: string, list: Series[], height: number) =>
      makeChart(t, { title, series: list, zoom, guard, height, markers });
    charts.splice(
      0,
      charts.length,
      make(t("chart.loss"), loss, 240),
      ...others.map((list) => make(list[0]?.label ?? "", list, 140)),
    );
    const [first, ...rest] = charts.map((each) => each.element);
    fill(grid, first, h("div", { class: "runs-charts" }, ...rest));
  }

  function markers(): Marker[] {
    if (!current) return [];
    const { log, info } = current;
    return log.flatMap((event): Marker[] => {
      if (event.kind === "message" || (event.kind === "command" && !event.applied)) return [];
      const kind = event.kind === "command" ? "command" : event.level;
      return [{ step: event.step, label: events.say(event, info.facts), kind }];
    });
  }

  function draw(now: Opened): void {
    current = now;
    const { info, progress } = now;
    fill(status, pill(now.status));
    facts.textContent = [
      visible(info.project),
      moment(info.started, t.language),
      duration(info.seconds),
      row.model && visible(row.model),
      progress.step ? t("steps", { n: progress.step }) : "",
    ]
      .filter(Boolean)
      .join(" · ");
    fill(problem, now.error && h("div", { class: "tfw-alert", role: "alert" }, outside(now.error)));
    drawCharts(now);
    fill(
      epochs,
      now.epochs.length > 0 && h("h3", {}, t("epochs")),
      now.epochs.length > 0 && epochTable(now.epochs, progress.best, t),
    );
    if (settings.childElementCount === 0) {
      const pairs = flat(info.facts);
      const rows = pairs.map(([key, value]) => ({
        head: outside(key),
        cells: [cell(outside(settingText(value, t.language)))],
      }));
      fill(
        settings,
        h(
          "details",
          { class: "runs-fold" },
          h("summary", {}, t("settings"), h("span", { class: "tfw-muted" }, ` ${pairs.length}`)),
          table(t("settings"), [t("settings.name"), t("settings.value")], rows),
        ),
      );
    }
    events.update(now.log, info.facts);
    fill(
      log.firstElementChild as HTMLElement,
      t("log"),
      h("span", { class: "tfw-muted" }, ` ${now.log.length}`),
    );
    body.hidden = false;
    for (const each of charts) each.update();
  }

  const load = () => asking(element, problem, t, ask);

  async function ask(): Promise<void> {
    const { payload, buffers } = await channel.request<Opened>(
      "open_run",
      { run: row.id },
      { signal: gone.signal },
    );
    payload.curves.forEach((head, k) => {
      curves.set(head.name, decode(head, buffers[k] as DataView));
    });
    const ends = [...curves.values()].map(({ x }) => x.at(-1) ?? 0);
    zoom.extend(0, Math.max(1, ...ends));
    guard(() => draw(payload))();
    if (payload.info.live && !ENDED.has(payload.status))
      timer = setTimeout(() => void load(), REFRESH);
  }

  if (row.newer)
    fill(
      problem,
      h(
        "div",
        { class: "tfw-alert", role: "alert" },
        row.problem ? outside(row.problem) : t("newer"),
      ),
    );
  else void load();

  return {
    element,
    focus: () => back.focus({ preventScroll: true }),
    dispose(): void {
      gone.abort();
      clearTimeout(timer);
      detail.dispose();
      for (const each of charts) each.dispose();
    },
  };
}
