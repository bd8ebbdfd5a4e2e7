import { type Child, fill, h } from "../shared/dom.ts";
import { outside } from "../shared/text.ts";
import { labelTag } from "./label.ts";
import type { ScoredRow } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** What every kind of row needs to draw itself. */
export interface RowContext {
  session: Session;
  t: Words;
}

/** Labels named in a row; the others are counted. */
const NAMED = 2;

/** One line of a row's text, or what stands in for it. */
export function showText(cell: HTMLElement, row: ScoredRow | undefined, t: Words): void {
  if (!row) fill(cell, h("span", { class: "tfw-not-loaded" }, t("not-loaded")));
  else if (row.missing) fill(cell, h("span", { class: "tfw-muted" }, t("row.missing")));
  else fill(cell, outside(row.clipped ? `${row.text}…` : row.text));
}

/** The labels of a row: swatches with names. */
export function labelTags({ session, t }: RowContext, row: ScoredRow | undefined): Child[] {
  if (!row || row.missing) return [row && h("span", { class: "tfw-muted" }, "–")];
  if (row.predicted.length === 0) {
    return [h("span", { class: "tfw-muted" }, t("row.no-label"))];
  }
  const more = row.predicted.slice(NAMED).map((label) => session.labels[label] ?? "");
  return [
    ...row.predicted
      .slice(0, NAMED)
      .map((label) => labelTag(session.labels[label] ?? String(label), label)),
    more.length > 0 &&
      h(
        "span",
        { class: "tfw-muted", title: more.join(", ") },
        t("row.more-labels", { n: more.length }),
      ),
  ];
}

/** Marks a row's element with what it shows. */
export function markRow(element: HTMLElement, row: ScoredRow | undefined, session: Session): void {
  element.toggleAttribute("data-skeleton", !row);
  element.toggleAttribute("data-missing", row?.missing ?? false);
  element.setAttribute("aria-selected", String(!!row && row.index === session.opened?.index));
}
