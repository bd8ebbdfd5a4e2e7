import { fill, h } from "../shared/dom.ts";
import type { Session } from "./session.ts";
import { shownName, sortKeys, sortsBy } from "./sorting.ts";
import type { Words } from "./words.ts";

const KINDS = { input: "position", text: "text", prediction: "labels", score: "score" };

/** The names of the columns, as buttons that sort. */
export function header(session: Session, t: Words) {
  const element = h("div", {
    class: "tfw-rows-row tfw-rows-header tfw-row tfw-header",
    role: "row",
    "aria-rowindex": 1,
  });
  let drawn: number[] | undefined;
  let cells: (() => void)[] = [];

  function build(): void {
    drawn = session.columns;
    const keys = sortKeys(session, t);
    const parts = keys.map((key) => {
      const button = h(
        "button",
        {
          type: "button",
          class: "tfw-rows-sort tfw-sort",
          title: key.name,
          "aria-label": key.short && key.name,
          onclick: () => session.sortBy(key.by, key.label),
        },
        h("span", { class: "tfw-sort-name" }, shownName(key)),
        h("span", { class: "tfw-rows-arrow tfw-arrow", "aria-hidden": true }),
      );
      const cell = h(
        "div",
        { class: `tfw-cell tfw-${KINDS[key.by]}`, role: "columnheader" },
        button,
      );
      const mark = () => {
        const { sort } = session.query;
        const order = sort.descending ? "descending" : "ascending";
        cell.setAttribute("aria-sort", sortsBy(sort, key) ? order : "none");
      };
      return { cell, mark };
    });
    cells = parts.map(({ mark }) => mark);
    fill(element, ...parts.map(({ cell }) => cell));
  }

  return {
    element,
    update(): void {
      if (drawn !== session.columns) build();
      for (const mark of cells) mark();
    },
  };
}
