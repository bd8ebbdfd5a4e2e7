import { chart } from "../../shared/chart/chart.ts";
import type { Chart, ChartOptions, Marker, Series } from "../../shared/chart/types.ts";
import { fill, h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import type { Context, Section } from "../context.ts";
import { markers } from "../events.ts";
import { together } from "../values.ts";

const LOSS = 240;
const METRIC = 112;
const RATE = 90;
/** px of a further chart beside the loss, caption and gap included. */
const ROW = METRIC + 34;
/** px from which on there is a column beside the loss; as in the style sheet. */
const WIDE = 760;
/** Colour of the first metric: losses have the first two. */
const FIRST = 2;

/** Makes charts that go along with each other: one zoom, one crosshair, the same markers. */
export function chartMaker({ session, t, guard }: Context) {
  let made: Marker[] = [];
  let count = -1;
  const events = () => {
    if (session.log.length !== count) {
      count = session.log.length;
      made = markers(session, t);
    }
    return made;
  };
  return (
    options: Pick<ChartOptions, "title" | "series"> & Partial<Omit<ChartOptions, "zoom" | "guard">>,
  ): Chart =>
    chart({
      language: t.language,
      markers: events,
      ...options,
      words: {
        empty: t(session.ended ? "chart-none" : "chart-empty"),
        step: t("step"),
        keys: t("chart-keys"),
        ...options.words,
      },
      zoom: session.zoom,
      guard,
    });
}

/** Loss, metrics, learning rate and momentum. */
export function charts(context: Context, make: ReturnType<typeof chartMaker>): Section {
  const { session, t, memory, guard } = context;
  const series = (name: string, more: Omit<Series, "name" | "curve">): Series => ({
    name,
    curve: () => session.curve(name),
    ...more,
  });

  const loss = make({
    title: t("chart-loss"),
    series: lossSeries(),
    height: LOSS,
    log: memory.log,
  });
  const side = h("div", { class: "dash-metrics" });
  const rates = h("div", { class: "dash-rates" });
  const rate = make({
    title: t("chart-lr"),
    series: [series("lr", { label: t("chart-lr"), colour: 0, style: "line" })],
    height: RATE,
  });
  const momentum = make({
    title: t("chart-momentum"),
    series: [series("momentum", { label: t("chart-momentum"), colour: 6, style: "line" })],
    height: RATE,
  });
  momentum.element.hidden = true;
  rates.append(rate.element, momentum.element);
  const reset = h(
    "button",
    {
      type: "button",
      class: "tfw-button dash-tool",
      hidden: true,
      onclick: guard(() => session.zoom.reset()),
    },
    t("zoom-reset"),
  );
  const help = h("span", { class: "tfw-muted dash-help" }, t("chart-help"));
  const tools = h(
    "div",
    { class: "dash-tools" },
    toggle("log", t("log-scale")),
    toggle("smoothing", t("smoothing")),
    reset,
    help,
  );
  const element = h(
    "section",
    { class: "dash-charts" },
    h("div", { class: "dash-loss" }, loss.element, tools),
    h("div", { class: "dash-side" }, side, rates),
  );
  let measured: Chart[] = [];
  let groups = "";
  let rows = 1;
  let tall = LOSS;

  /** The loss is as tall as what stands beside it. */
  function stretch(): void {
    const height = element.clientWidth < WIDE ? LOSS : LOSS + ROW * (Math.min(rows, 4) - 1);
    if (height === tall) return;
    tall = height;
    loss.set({ height });
  }

  function lossSeries(): Series[] {
    const raw = t("curve-loss");
    const valid = series("valid_loss", {
      label: t("curve-valid_loss"),
      colour: 1,
      style: "points",
    });
    if (!memory.smoothing) {
      return [series("loss", { label: raw, colour: 0, style: "line" }), valid];
    }
    return [
      series("loss", { label: raw, colour: 0, style: "faint" }),
      series("smooth_loss", { label: t("curve-smooth_loss"), colour: 0, style: "line" }),
      valid,
    ];
  }

  function toggle(name: "log" | "smoothing", label: string): HTMLElement {
    const button = h(
      "button",
      {
        type: "button",
        class: "tfw-button dash-tool",
        "aria-pressed": memory[name],
        onclick: guard(() => {
          memory[name] = !memory[name];
          button.setAttribute("aria-pressed", String(memory[name]));
          loss.set({ log: memory.log, series: lossSeries() });
        }),
      },
      label,
    );
    return button;
  }

  /** The metrics are known with the first validation. */
  function measure(): void {
    const found = together(session.epochs);
    const key = JSON.stringify(found);
    if (key === groups) return;
    groups = key;
    for (const one of measured) one.dispose();
    let colour = FIRST;
    const shown = found.length > 0 ? found : [[]];
    measured = shown.map((names) =>
      make({
        title: names.length === 1 ? visible(names[0] ?? "") : t("chart-metrics"),
        series: names.map((name) =>
          series(name, { label: name, colour: colour++ % 8, style: "points" }),
        ),
        height: METRIC,
        words: {
          empty: t(session.ended ? "chart-none" : "chart-empty-valid"),
          step: t("step"),
          keys: t("chart-keys"),
        },
      }),
    );
    side.toggleAttribute("data-many", shown.length > 2);
    rows = shown.length > 2 ? Math.ceil(shown.length / 2) : shown.length;
    stretch();
    fill(side, ...measured.map(({ element: one }) => one));
  }

  const sizes = new ResizeObserver(guard(stretch));
  sizes.observe(element);
  const forget = session.zoom.on(() => {
    reset.hidden = !session.zoom.zoomed;
    help.hidden = session.zoom.zoomed;
  });

  return {
    element,
    update(changes) {
      if (changes.has("opened") || changes.has("epochs")) measure();
      const lasting = changes.has("opened") || changes.has("log") || changes.has("detail");
      if (!lasting && !changes.has("curves")) return;
      momentum.element.hidden = !session.curves.has("momentum");
      for (const one of [loss, ...measured, rate, momentum]) one.update();
    },
    dispose() {
      forget();
      sizes.disconnect();
      for (const one of [loss, ...measured, rate, momentum]) one.dispose();
    },
  };
}
