import { type Child, h } from "../../shared/dom.ts";

/** A small table: a line of heads, then lines of cells. */
export function lines(heads: string[], rows: Child[][][]): HTMLTableElement {
  return h(
    "table",
    { class: "tok-lines" },
    h("tr", {}, ...heads.map((head) => h("th", {}, head))),
    ...rows.map((cells) => h("tr", {}, ...cells.map((cell) => h("td", {}, ...cell)))),
  );
}
