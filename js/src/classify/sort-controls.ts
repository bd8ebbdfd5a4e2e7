import { fill, h } from "../shared/dom.ts";
import type { Session } from "./session.ts";
import { sortKeys, sortsBy } from "./sorting.ts";
import type { Words } from "./words.ts";

/** Sorting where there is no room for a header: what by, and which way. */
export function sortControls(session: Session, t: Words) {
  const select = h("select", {
    class: "tfw-input",
    "aria-label": t("sort.by"),
    onchange: () => {
      const key = sortKeys(session, t)[select.selectedIndex];
      if (key) session.sortBy(key.by, key.label);
    },
  });
  const direction = h("button", {
    type: "button",
    class: "tfw-button tfw-rows-turn",
    onclick: () => session.sortBy(session.query.sort.by, session.query.sort.label),
  });
  const element = h("div", { class: "tfw-rows-sort-controls" }, select, direction);

  return {
    element,
    update(): void {
      const { sort } = session.query;
      const keys = sortKeys(session, t);
      fill(select, ...keys.map((key) => h("option", { selected: sortsBy(sort, key) }, key.name)));
      select.selectedIndex = keys.findIndex((key) => sortsBy(sort, key));
      direction.setAttribute(
        "aria-label",
        t(sort.descending ? "sort.descending" : "sort.ascending"),
      );
      direction.title = direction.getAttribute("aria-label") ?? "";
      direction.textContent = sort.descending ? "↓" : "↑";
    },
  };
}
