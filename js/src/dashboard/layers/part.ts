import { short } from "../../shared/chart/numbers.ts";
import type { Chart, Series } from "../../shared/chart/types.ts";
import { fill, h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { bar, scrolling } from "../dom.ts";
import type { MountPanel, PanelContext } from "../panel.ts";
import { panelTranslator } from "../panel-words.ts";
import { judge, logLengths } from "./ratio.ts";
import "../../shared/plain-table.css";
import "../panels.css";
import "./layers.css";

interface Group {
  name: string;
  parameters: number;
  frozen: boolean;
  lr: number | null;
  grad_norm: number | null;
  update_ratio: number | null;
  dead: number | null;
}

interface Layers {
  step: number;
  groups: Group[];
}

const COLOURS = 8;
const QUANTITIES = ["grad_norm", "update_ratio", "dead"] as const;

/** The groups of layers: how strong their gradients are, how far a step moves them, what is dead. */
const mount: MountPanel = (context: PanelContext) => {
  const { el, session, guard, language } = context;
  const t = panelTranslator(language);
  const at = h("p", { class: "tfw-muted" });
  const body = h("tbody");
  const column = (name: string, number = true) =>
    h("th", { scope: "col", class: number && "pan-number" }, name);
  const head = h(
    "tr",
    {},
    column(t("layers.group"), false),
    column(t("layers.parameters")),
    column(t("layers.lr")),
    column(t("layers.grad_norm")),
    column(t("layers.update_ratio")),
    column(t("layers.dead")),
    column(t("layers.trains"), false),
  );
  const table = h(
    "table",
    { class: "tfw-plain tfw-plain-facts pan-table pan-layers" },
    h("thead", {}, head),
    body,
  );
  const places = h("div", { class: "pan-charts" });
  const charts = new Map<(typeof QUANTITIES)[number], Chart>();
  fill(
    el,
    h(
      "div",
      { class: "pan" },
      at,
      scrolling(t("layers.table"), table),
      h(
        "details",
        { class: "pan-help", open: true },
        h("summary", {}, t("help.title")),
        h("ul", {}, ...QUANTITIES.map((name) => h("li", {}, t(`help.${name}`)))),
      ),
      places,
    ),
  );
  const number = (value: number | null) => (value === null ? "–" : short(value, language, 3, true));
  /** How many groups a chart has. */
  const known = new Map<string, number>();
  let drawn = "";

  function row(group: Group, k: number, length: number): HTMLElement {
    const frozen = session.progress.frozen?.includes(k) ?? group.frozen;
    const verdict = group.update_ratio === null ? undefined : judge(group.update_ratio);
    return h(
      "tr",
      { "data-frozen": frozen },
      h(
        "th",
        { scope: "row", title: visible(group.name) },
        h("i", {
          class: "pan-swatch",
          style: { "--tfw-colour": `var(--tfw-series-${k % COLOURS})` },
          "aria-hidden": true,
        }),
        outside(group.name),
      ),
      h("td", { class: "pan-number" }, t.number(group.parameters)),
      h("td", { class: "pan-number" }, number(group.lr)),
      h("td", { class: "pan-number pan-norm" }, number(group.grad_norm), length > 0 && bar(length)),
      h(
        "td",
        { class: "pan-number" },
        number(group.update_ratio),
        verdict && h("span", { class: "pan-ratio", "data-ratio": verdict }, t(`ratio.${verdict}`)),
      ),
      h("td", { class: "pan-number" }, group.dead === null ? "–" : t.percent(group.dead, 1)),
      h("td", {}, training(group, k, frozen)),
    );
  }

  function training(group: Group, k: number, frozen: boolean): HTMLElement {
    if (!session.steerable) {
      return h("span", { class: "tfw-muted" }, t(frozen ? "layers.frozen" : "layers.training"));
    }
    const command = frozen ? "unfreeze" : "freeze";
    const asked = session.asked.get(command, { group: k })?.state === "asked";
    const name = visible(group.name);
    return h(
      "button",
      {
        type: "button",
        class: "tfw-button pan-freeze",
        // Not `disabled`: that would take the focus away.
        "aria-disabled": asked,
        "data-group": k,
        title: t(`layers.${command}-what`, { group: name }),
        "aria-label": t(`layers.${command}-what`, { group: name }),
        onclick: guard(() => {
          if (asked) return;
          session.command(command, { group: k });
          draw();
        }),
      },
      asked ? t("layers.asked") : t(`layers.${command}`),
    );
  }

  function draw(): void {
    const data = session.panels.layers?.data as Layers | null | undefined;
    if (!data) return;
    const asked = data.groups.map((_, k) =>
      ["freeze", "unfreeze"].map((name) => session.asked.get(name, { group: k })?.state),
    );
    const now = JSON.stringify([data, session.progress.frozen, session.steerable, asked]);
    for (const quantity of QUANTITIES) drawChart(quantity, data.groups);
    if (now === drawn) return;
    drawn = now;
    const held = el.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.group
      : undefined;
    at.textContent = t("layers.at", { step: data.step });
    const lengths = logLengths(data.groups.map((group) => group.grad_norm));
    fill(body, ...data.groups.map((group, k) => row(group, k, lengths[k] ?? 0)));
    if (held) body.querySelector<HTMLElement>(`[data-group="${held}"]`)?.focus();
  }

  /** A chart has the groups that there are curves of; some come up late. */
  function drawChart(quantity: (typeof QUANTITIES)[number], groups: Group[]): void {
    const series = groups.flatMap(({ name }, k): Series[] => {
      const curve = `${quantity}/${name}`;
      if (!session.curves.has(curve)) return [];
      const look = { colour: k % COLOURS, dashed: k >= COLOURS, style: "line" } as const;
      return [{ name: curve, label: name, ...look, curve: () => session.curve(curve) }];
    });
    if (series.length === (known.get(quantity) ?? 0)) return;
    known.set(quantity, series.length);
    const chart = charts.get(quantity);
    if (chart) {
      chart.set({ series });
      return;
    }
    const share = quantity === "dead";
    const made = context.chart({
      title: t(`chart.${quantity}`),
      series,
      height: 170,
      log: !share,
      format: (value) => (share ? t.percent(value, 1) : short(value, language, 3)),
    });
    charts.set(quantity, made);
    places.append(made.element);
  }

  draw();
  return {
    update(): void {
      draw();
      for (const chart of charts.values()) chart.update();
    },
    dispose(): void {
      for (const chart of charts.values()) chart.dispose();
    },
  };
};

export default mount;
