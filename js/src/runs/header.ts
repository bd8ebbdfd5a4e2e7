import { h } from "../shared/dom.ts";
import { SORTS } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** Classes of the columns, in the order of what they sort by. */
const COLUMNS = { name: "name", status: "status", started: "when", seconds: "seconds" } as const;

/** The names of the columns, as buttons that sort. */
export function header(session: Session, t: Words) {
  const cells = SORTS.map((by) => {
    const button = h(
      "button",
      { type: "button", class: "tfw-rows-sort runs-sort", onclick: () => session.sortBy(by) },
      h("span", {}, t(`column.${by}`)),
      h("span", { class: "tfw-rows-arrow", "aria-hidden": true }),
    );
    const kind = by in COLUMNS ? COLUMNS[by as keyof typeof COLUMNS] : by;
    return {
      by,
      cell: h("div", { class: `runs-cell runs-${kind}`, role: "columnheader" }, button),
    };
  });
  const element = h(
    "div",
    { class: "tfw-rows-row tfw-rows-header runs-row", role: "row", "aria-rowindex": 1 },
    h("div", { class: "runs-cell runs-tick", role: "columnheader", "aria-label": t("choose") }),
    ...cells.map(({ cell }) => cell),
  );
  return {
    element,
    update(): void {
      const { sort } = session.query;
      const order = sort.descending ? "descending" : "ascending";
      for (const { by, cell } of cells)
        cell.setAttribute("aria-sort", by === sort.by ? order : "none");
    },
  };
}

/** Sorting where there is no room for a header: what by, and which way. */
export function sortControls(session: Session, t: Words) {
  const select = h(
    "select",
    {
      class: "tfw-input",
      "aria-label": t("sort.by"),
      onchange: () => {
        const by = SORTS[select.selectedIndex];
        if (by) session.sortBy(by);
      },
    },
    ...SORTS.map((by) => h("option", { value: by }, t(`column.${by}`))),
  );
  const direction = h("button", {
    type: "button",
    class: "tfw-button tfw-rows-turn",
    onclick: () => session.sortBy(session.query.sort.by),
  });
  return {
    element: h("div", { class: "tfw-rows-sort-controls" }, select, direction),
    update(): void {
      const { by, descending } = session.query.sort;
      select.value = by;
      direction.title = t(descending ? "sort.descending" : "sort.ascending");
      direction.setAttribute("aria-label", direction.title);
      direction.textContent = descending ? "↓" : "↑";
    },
  };
}
