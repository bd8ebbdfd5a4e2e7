import { outside, visible } from "../shared/text.ts";
import type { Sort, SortBy } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** Something the table can be sorted by. */
export interface SortKey {
  by: SortBy;
  /** The label, where it is a score. */
  label?: number;
  name: string;
  /** What stands in the header, where that is not the name itself. */
  short?: string;
}

/** All there is to sort by, in the order of the columns. */
export function sortKeys({ columns, labels }: Session, t: Words): SortKey[] {
  return [
    { by: "input", name: t("column.position"), short: "#" },
    { by: "text", name: t("column.text") },
    { by: "prediction", name: t("column.label") },
    ...columns.map((label): SortKey => {
      const name = labels[label] ?? String(label);
      return { by: "score", label, name: visible(name) };
    }),
  ];
}

export function sortsBy(sort: Sort, key: SortKey): boolean {
  return sort.by === key.by && sort.label === key.label;
}

/** The name of a key for a header: that of a label is text from outside. */
export function shownName(key: SortKey): Node | string {
  return key.by === "score" ? outside(key.name) : (key.short ?? key.name);
}
