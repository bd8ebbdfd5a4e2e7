import { type Child, h } from "../../shared/dom.ts";

/** A small table in a box that scrolls: names above, a name before each row. */
export function table(
  label: string,
  columns: Child[],
  rows: { head: Child; cells: Child[] }[],
): HTMLElement {
  return h(
    "div",
    { class: "tfw-scroll hubd-scroll", tabindex: 0, role: "group", "aria-label": label },
    h(
      "table",
      { class: "tfw-plain tfw-plain-facts hubd-plain" },
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        ...rows.map(({ head, cells }) =>
          h("tr", {}, h("th", { scope: "row" }, head), ...cells.map((cell) => h("td", {}, cell))),
        ),
      ),
    ),
  );
}
