import { type Child, h } from "../../shared/dom.ts";

/** A table of few rows: names above, a name before each row. */
export function table(
  label: string,
  columns: Child[],
  rows: { head: Child; cells: HTMLTableCellElement[]; best?: boolean }[],
): HTMLElement {
  return h(
    "div",
    { class: "tfw-scroll runs-scroll", tabindex: 0, role: "group", "aria-label": label },
    h(
      "table",
      { class: "tfw-plain tfw-plain-facts runs-plain" },
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        ...rows.map(({ head, cells, best }) =>
          h("tr", { "data-best": best ?? false }, h("th", { scope: "row" }, head), ...cells),
        ),
      ),
    ),
  );
}

export const cell = (...children: Child[]): HTMLTableCellElement => h("td", {}, ...children);
