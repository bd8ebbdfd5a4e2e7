import { h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { muted } from "../elements.ts";
import { facts, room } from "../facts.ts";
import { controls } from "../flow/controls.ts";
import { flow } from "../flow/flow.ts";
import type { Context, Panel } from "../panel.ts";
import type { Session } from "../session.ts";
import { textTable } from "./table.ts";
import "../../shared/plain-table.css";
import "./compare.css";

/** Nodes drawn beyond what is on screen, by all sources together. */
const BUDGET = 900;

/** The text as each of several tokenizers reads it. */
export function comparePanel(context: Context, session: Session): Panel {
  const { state, t } = context;
  const { sources } = state.summary;
  const flows = sources.map((_, source) =>
    flow({
      context,
      session,
      state: session.flow("compare", source),
      height: 220,
      budget: BUDGET / sources.length,
    }),
  );
  const table = state.texts.length > 0 ? textTable(context) : undefined;
  const element = h(
    "div",
    { class: "tok-panel" },
    controls(context, session, () => {
      for (const each of flows) each.refresh();
    }),
    h(
      "p",
      { class: "tfw-muted" },
      h("span", { class: "tok-chip tok-differs", "aria-hidden": true }, "abc"),
      " ",
      t("compare.legend"),
      table && ` ${t("compare.first")}`,
    ),
    h(
      "div",
      { class: "tok-sources" },
      ...flows.map((each, k) => {
        const source = sources[k] as (typeof sources)[number];
        const [, ...said] = facts(source, t);
        return h(
          "section",
          { "aria-label": visible(source.name) },
          h(
            "div",
            { class: "tok-column" },
            h("b", {}, h("bdi", {}, visible(source.name))),
            muted(said.join(" · ")),
            room(source, t),
          ),
          each.element,
        );
      }),
    ),
    table?.element,
  );
  return {
    element,
    layout(width) {
      for (const each of flows) each.layout(width);
      table?.layout();
    },
    dispose() {
      for (const each of flows) each.dispose();
    },
  };
}
