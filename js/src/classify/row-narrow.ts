import { fill, h, set } from "../shared/dom.ts";
import type { ListRow } from "../shared/virtual-list.ts";
import { bar } from "./bar.ts";
import { bestScore } from "./model.ts";
import { labelTags, markRow, type RowContext, showText } from "./row-parts.ts";
import { spokenScore } from "./words.ts";

/** A row of two lines for small places: the text, below it the label and its bar. */
export function narrowRow(context: RowContext): ListRow {
  const { session, t } = context;
  const text = h("div", { class: "tfw-cell tfw-text", role: "gridcell" });
  const label = h("div", { class: "tfw-cell tfw-labels", role: "gridcell" });
  const score = h("div", {
    class: "tfw-cell tfw-score",
    role: "gridcell",
    "data-predicted": true,
  });
  const element = h("div", { class: "tfw-rows-row tfw-row", role: "row" }, text, label, score);

  return {
    element,
    show(index) {
      const row = session.pages.get(index);
      const best = row && bestScore(row, session.columns);
      const winner = row?.predicted[0];
      markRow(element, row, session);
      showText(text, row, t);
      fill(label, ...labelTags(context, row));
      if (best === undefined || winner === undefined || !Number.isFinite(best)) {
        set(score, "aria-label", null);
        fill(score);
        return;
      }
      set(score, "aria-label", spokenScore(t, session.labels[winner] ?? "", best));
      fill(
        score,
        bar(winner, best),
        h("span", { class: "tfw-number", "aria-hidden": true }, t.percent(best)),
      );
    },
  };
}
