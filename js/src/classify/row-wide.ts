import { fill, h, set } from "../shared/dom.ts";
import type { ListRow } from "../shared/virtual-list.ts";
import { bar } from "./bar.ts";
import { bestScore } from "./model.ts";
import { labelTags, markRow, type RowContext, showText } from "./row-parts.ts";
import { spokenScore } from "./words.ts";

/** A row with one cell per column: position, text, label, a bar per class. */
export function wideRow(context: RowContext): ListRow {
  const { session, t } = context;
  const { columns } = session;
  const position = h("div", { class: "tfw-cell tfw-position", role: "gridcell" });
  const text = h("div", { class: "tfw-cell tfw-text", role: "gridcell" });
  const label = h("div", { class: "tfw-cell tfw-labels", role: "gridcell" });
  const scores = columns.map(() => h("div", { class: "tfw-cell tfw-score", role: "gridcell" }));
  const element = h(
    "div",
    { class: "tfw-rows-row tfw-row", role: "row" },
    position,
    text,
    label,
    ...scores,
  );

  return {
    element,
    show(index) {
      const row = session.pages.get(index);
      markRow(element, row, session);
      fill(position, row && t.number(row.index + 1));
      showText(text, row, t);
      const best = row && bestScore(row, columns);
      const bestIsElsewhere = best !== undefined && !columns.includes(row?.predicted[0] ?? -1);
      fill(
        label,
        ...labelTags(context, row),
        bestIsElsewhere && h("span", { class: "tfw-number" }, t.percent(best)),
      );
      for (const [k, column] of columns.entries()) {
        const cell = scores[k] as HTMLElement;
        const score = row?.scores[k] ?? Number.NaN;
        const known = Number.isFinite(score);
        cell.toggleAttribute("data-predicted", row?.predicted.includes(column) ?? false);
        set(cell, "aria-label", known ? spokenScore(t, session.labels[column] ?? "", score) : null);
        fill(
          cell,
          known && bar(column, score),
          known && h("span", { class: "tfw-number", "aria-hidden": true }, t.percent(score)),
        );
      }
    },
  };
}
