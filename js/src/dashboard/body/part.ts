import { h } from "../../shared/dom.ts";
import type { Context, Section } from "../context.ts";
import { PANELS, type PanelName } from "../panel.ts";
import type { WordKey } from "../words.ts";
import { chartMaker, charts } from "./charts.ts";
import { epochTable } from "./epochs.ts";
import { footer } from "./footer.ts";
import { panelSection } from "./panels.ts";
import { sectionTabs } from "./tabs.ts";
import "./body.css";

/** What is below status and steering: curves, tabs, a note. */
export default function body(context: Context): Section {
  const { t } = context;
  const chart = chartMaker(context);
  const panels = (Object.keys(PANELS) as PanelName[]).map((name) => ({
    name,
    title: t(`tab-${name}` as WordKey),
    create: () => panelSection(name, context, chart),
  }));
  const epochs = { name: "epochs", title: t("tab-epochs"), create: () => epochTable(context) };
  const sections = [
    charts(context, chart),
    sectionTabs(context, [epochs, ...panels]),
    footer(context),
  ];
  return {
    element: h("div", { class: "dash-body" }, ...sections.map(({ element }) => element)),
    update(changes) {
      for (const section of sections) section.update(changes);
    },
    dispose() {
      for (const section of sections) section.dispose?.();
    },
  };
}
