import type { CurveHead } from "../../shared/chart/curve.ts";
import { decode } from "../../shared/chart/curve.ts";
import type { Chart, Curve, Series } from "../../shared/chart/types.ts";
import { Zoom } from "../../shared/chart/zoom.ts";
import { fill, h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import type { Context, Opened } from "../late.ts";
import type { ComparePayload, RunRow } from "../model.ts";
import { asking, backButton } from "./asking.ts";
import { makeChart } from "./charts.ts";
import { compareTables } from "./compare-tables.ts";
import { named, openTranslator } from "./words.ts";

/** What is compared first, where there is more than one. */
const FIRST = ["valid_loss", "smooth_loss", "loss"];

type Axis = "step" | "share";

interface Compared extends RunRow {
  curves: Map<string, Curve>;
}

/** Several runs: one curve of each over the others, what was set differently, who was best. */
export function compareView({ session, language, guard, pill, onBack, onOpen }: Context): Opened {
  const t = openTranslator(language);
  const gone = new AbortController();
  let runs: Compared[] = [];
  let chart: Chart | undefined;
  let axis: Axis = "step";
  let name = "";
  const back = backButton(t, onBack);
  const problem = h("div", { class: "tfw-problem" });
  const curve = h("select", {
    class: "tfw-input",
    "aria-label": t("compare.curve"),
    onchange: guard(() => {
      name = curve.value;
      draw();
    }),
  });
  const along = h(
    "select",
    {
      class: "tfw-input",
      "aria-label": t("compare.axis"),
      onchange: guard(() => {
        axis = along.value as Axis;
        draw();
      }),
    },
    h("option", { value: "step" }, t("axis.step")),
    h("option", { value: "share" }, t("axis.share")),
  );
  const log = h("input", {
    type: "checkbox",
    onchange: guard(() => chart?.set({ log: log.checked })),
  });
  const place = h("div", { class: "runs-compared" });
  const tables = h("div", { class: "runs-run-body" });
  const body = h(
    "div",
    { class: "runs-run-body", hidden: true },
    h(
      "div",
      { class: "runs-bar" },
      curve,
      along,
      h("label", { class: "runs-check" }, log, t("compare.log")),
    ),
    place,
    tables,
  );
  const element = h(
    "section",
    { class: "runs-run", "aria-label": t("compare.title") },
    h("div", { class: "runs-bar" }, back, h("b", { class: "runs-title" }, t("compare.title"))),
    problem,
    body,
  );

  /** A curve with its steps as parts of the whole training, in percent. */
  function shared(one: Curve): Curve {
    const last = one.x.at(-1) ?? 1;
    const run = runs.find(({ curves }) => [...curves.values()].includes(one));
    const whole = Math.max(last, run?.steps ?? 0, 1);
    return { ...one, x: one.x.map((step) => (100 * step) / whole) };
  }

  function draw(): void {
    chart?.dispose();
    const zoom = new Zoom();
    const series = runs.flatMap((run, k): Series[] => {
      const known = run.curves.get(name);
      if (!known) return [];
      const one = axis === "share" ? shared(known) : known;
      zoom.extend(0, Math.max(zoom.whole[1], one.x.at(-1) ?? 0));
      return [
        {
          name: run.id,
          label: `${k + 1} ${run.name}`,
          colour: k,
          style: sparse(one) ? "points" : "line",
          curve: () => one,
        },
      ];
    });
    chart = makeChart(t, {
      title: named(t, "curve", name),
      series,
      zoom,
      guard,
      height: 300,
      log: log.checked,
      words: {
        empty: t("chart.empty"),
        step: t(axis === "share" ? "axis.share" : "chart.step"),
        keys: t("chart.keys"),
      },
    });
    fill(place, chart.element);
    chart.update();
    const missing = runs.filter(({ curves }) => !curves.has(name)).map((run) => visible(run.name));
    if (missing.length > 0) {
      place.append(
        h("p", { class: "tfw-muted" }, t("compare.missing", { names: missing.join(", ") })),
      );
    }
  }

  function take(payload: ComparePayload<CurveHead>, buffers: DataView[]): void {
    let at = 0;
    runs = payload.runs.map((run) => ({
      ...run,
      curves: new Map(
        run.curves.map((head) => [head.name, decode(head, buffers[at++] as DataView)]),
      ),
    }));
    const names = [...new Set(runs.flatMap(({ curves }) => [...curves.keys()]))];
    const common = (of: string) => runs.filter(({ curves }) => curves.has(of)).length;
    name =
      FIRST.find((of) => common(of) === runs.length) ??
      FIRST.find((of) => common(of)) ??
      names[0] ??
      "";
    fill(curve, ...names.map((of) => h("option", { value: of }, visible(named(t, "curve", of)))));
    curve.value = name;
    body.hidden = false;
    draw();
    fill(tables, ...compareTables(runs, payload, { t, guard, pill, onOpen }));
  }

  async function load(): Promise<void> {
    const { payload, buffers } = await session.channel.request<ComparePayload<CurveHead>>(
      "compare",
      { ids: session.compared },
      { signal: gone.signal },
    );
    guard(() => take(payload, buffers))();
  }

  void asking(element, problem, t, load);
  return {
    element,
    focus: () => back.focus({ preventScroll: true }),
    dispose(): void {
      gone.abort();
      chart?.dispose();
    },
  };
}

/** A value per epoch is shown as points: a line would say that there is something between. */
function sparse({ x, width }: Curve): boolean {
  return width === 1 && x.length < 100 && (x.at(-1) ?? 0) - (x[0] ?? 0) > 4 * x.length;
}
