import type { Chart, ChartOptions, Series } from "../../shared/chart/types.ts";
import { fill, h } from "../../shared/dom.ts";
import { facts } from "../dom.ts";
import type { Panel, PanelContext } from "../panel.ts";
import type { PanelWords } from "../panel-words.ts";
import { bytes } from "./bytes.ts";

const MEASURES = [
  "process",
  "process_peak",
  "gpu",
  "gpu_peak",
  "gpu_total",
  "system_total",
] as const;

type Memory = Record<(typeof MEASURES)[number], number | null>;

/** The machine: memory, speed, and what is lost by waiting and by padding. */
export function system(context: PanelContext, t: PanelWords): Panel {
  const { el, session, language } = context;
  const numbers = h("div");
  const places = h("div", { class: "pan-charts" });
  const nothing = h("p", { class: "tfw-muted" }, t("memory.none"));
  const charts = new Map<string, Chart>();
  fill(el, h("div", { class: "pan" }, numbers, places, nothing));

  const series = (name: string, label: string, colour: number): Series => ({
    name,
    label,
    colour,
    style: "line",
    curve: () => session.curve(name),
  });
  const plans: { names: [string, string, number][]; title: string; more: Partial<ChartOptions> }[] =
    [
      {
        title: t("chart.memory"),
        names: [
          ["memory/process", t("memory.process"), 0],
          ["memory/gpu", t("memory.gpu"), 1],
        ],
        more: { format: (value) => bytes(value, language) },
      },
      {
        title: t("chart.samples"),
        names: [["samples_per_second", t("chart.samples"), 2]],
        more: {},
      },
      { title: t("chart.tokens"), names: [["tokens_per_second", t("chart.tokens"), 3]], more: {} },
      {
        title: t("chart.padding"),
        names: [["padding", t("chart.padding"), 5]],
        more: { format: (value) => t.percent(value) },
      },
    ];

  /** A chart comes up with the first of its curves, and again with the next. */
  function drawCharts(): void {
    for (const { title, names, more } of plans) {
      const known = names.filter(([name]) => session.curves.has(name));
      if (known.length === 0) continue;
      const list = known.map((each) => series(...each));
      const chart = charts.get(title);
      if (!chart) {
        const made = context.chart({ title, series: list, height: 150, ...more });
        charts.set(title, made);
        places.append(made.element);
        counts.set(title, known.length);
      } else if (counts.get(title) !== known.length) {
        chart.set({ series: list });
        counts.set(title, known.length);
      }
    }
  }
  const counts = new Map<string, number>();

  function update(): void {
    const memory = session.panels.memory?.data as Partial<Memory> | null | undefined;
    const { waiting } = session.progress;
    const padding = session.last("padding");
    fill(
      numbers,
      facts([
        ...MEASURES.map((name): [string, string] | false => {
          const value = memory?.[name];
          return typeof value === "number" && [t(`memory.${name}`), bytes(value, language)];
        }),
        typeof waiting === "number" && [
          t("memory.waiting"),
          t.percent(waiting),
          t("memory.waiting-what"),
        ],
        padding !== undefined && [
          t("memory.padding"),
          t.percent(padding),
          t("memory.padding-what"),
        ],
      ]),
    );
    drawCharts();
    nothing.hidden = charts.size > 0 || numbers.textContent !== "";
    for (const chart of charts.values()) chart.update();
  }

  update();
  return {
    update,
    dispose(): void {
      for (const chart of charts.values()) chart.dispose();
    },
  };
}
