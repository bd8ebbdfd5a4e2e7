import { h } from "../shared/dom.ts";
import { SORTS, type Sort } from "./model.ts";
import type { Session } from "./session.ts";
import { named, type Words } from "./words.ts";

/** What the columns sort by, in their order; the smallest first where that is what is looked for. */
const COLUMNS = {
  name: "ascending",
  params: "ascending",
  size: "ascending",
  downloads: "descending",
  likes: "descending",
  updated: "descending",
} as const satisfies Partial<Record<Sort, "ascending" | "descending">>;

/** The names of the columns, as buttons that sort. */
export function header(session: Session, t: Words) {
  const cells = Object.entries(COLUMNS).map(([by, order]) => {
    const button = h(
      "button",
      {
        type: "button",
        class: "tfw-rows-sort hub-sort",
        onclick: () => session.ask({ sort: by as Sort }),
      },
      h("span", {}, named(t, "column", by)),
      h("span", { class: "tfw-rows-arrow", "aria-hidden": true }),
    );
    return {
      by,
      order,
      cell: h("div", { class: `hub-cell hub-${by}`, role: "columnheader" }, button),
    };
  });
  return {
    element: h(
      "div",
      { class: "tfw-rows-row tfw-rows-header hub-row", role: "row", "aria-rowindex": 1 },
      ...cells.map(({ cell }) => cell),
    ),
    update(): void {
      const { sort } = session.query;
      for (const { by, order, cell } of cells)
        cell.setAttribute("aria-sort", by === sort ? order : "none");
    },
  };
}

/** All that the list can be sorted by: more than it has columns for. */
export function sortField(session: Session, t: Words) {
  const element = h(
    "select",
    {
      class: "tfw-input hub-sort-by",
      "aria-label": t("sort.by"),
      title: t("sort.by"),
      onchange: () => session.ask({ sort: element.value as Sort }),
    },
    ...SORTS.map((by) => h("option", { value: by }, t(`sort.${by}`))),
  );
  return {
    element,
    update(): void {
      element.value = session.query.sort;
    },
  };
}
