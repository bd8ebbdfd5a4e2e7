import { h } from "../shared/dom.ts";
import { VirtualList } from "../shared/virtual-list.ts";
import type { Frame } from "../shared/widget.ts";
import { nothingFound } from "./empty.ts";
import { header } from "./header.ts";
import { letterScale } from "./letters.ts";
import type { HubRow, HubState } from "./model.ts";
import { hubRow } from "./row.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";
import "../shared/rows.css";
import "./list.css";

/** Below this width (px) a row is a card, with letters of the usual size. */
const NARROW = 640;
/** Of a row and of a card, in px, with such letters; see list.css. */
const HEIGHTS = { wide: 48, narrow: 72 };

interface ListOptions {
  session: Session;
  t: Words;
  guard: Frame<HubState>["guard"];
  onOpen(row: HubRow, by: "pointer" | "keyboard"): void;
}

/** The table of models, endless as far as the hub has more. */
export function hubList({ session, t, guard, onOpen }: ListOptions) {
  const { rows } = session;
  const head = header(session, t);
  const headGroup = h("div", { class: "tfw-rows-head", role: "rowgroup" }, head.element);
  const body = h("div", { class: "tfw-rows-body", role: "rowgroup" });
  const grid = h(
    "div",
    { class: "tfw-rows-grid hub-grid", role: "grid", tabindex: 0, "aria-label": t("table") },
    headGroup,
    body,
  );
  const nothing = nothingFound(session, t);
  const element = h("div", { class: "tfw-rows hub-list" }, grid, nothing.element);
  const list = new VirtualList({
    scroller: grid,
    body,
    create: () => hubRow(session, t),
    onRange: (first, last) => session.want(first, last),
    onOpen: guard((index: number, by: "pointer" | "keyboard") => {
      const row = rows.get(index);
      if (row) onOpen(row, by);
    }),
  });
  let size: keyof typeof HEIGHTS | undefined;
  let scale = 1;

  return {
    element,
    update(replaced: boolean): void {
      if (replaced) list.toTop();
      head.update();
      const { total } = rows;
      const { known, more } = rows.latest;
      const headers = size === "narrow" ? 0 : 1;
      // How many there will be nobody knows while the hub has more.
      grid.setAttribute("aria-rowcount", more ? "-1" : String(known + headers));
      grid.setAttribute("aria-busy", String(rows.searching));
      element.toggleAttribute("data-stale", rows.outdated);
      grid.hidden = total === 0;
      nothing.update(total === 0);
      list.update(total);
    },
    layout(width: number): void {
      // In a hidden tab nothing has a width.
      const larger = letterScale(element);
      const now = width > 0 && width < NARROW * larger ? "narrow" : "wide";
      if (now !== size || larger !== scale) {
        size = now;
        scale = larger;
        element.dataset.size = now;
        headGroup.hidden = now === "narrow";
        list.reshape(Math.round(HEIGHTS[now] * scale), now === "narrow" ? 0 : 1);
      }
      list.render();
    },
    /** Tells whether there is a list to have the focus. */
    focus(): boolean {
      grid.focus({ preventScroll: true });
      return !grid.hidden;
    },
    dispose: () => list.dispose(),
  };
}
