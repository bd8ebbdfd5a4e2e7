import { h } from "../shared/dom.ts";
import { VirtualList } from "../shared/virtual-list.ts";
import { header } from "./header.ts";
import type { ScoredRow } from "./model.ts";
import { narrowRow } from "./row-narrow.ts";
import { wideRow } from "./row-wide.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

export type Size = "narrow" | "medium" | "wide";

/** Of a row, in px. A text has two lines unless the table is wide; see classify.css. */
const HEIGHTS: Record<Size, number> = { narrow: 76, medium: 46, wide: 34 };
/** Digits of a position that fit into its column without making it wider. */
const DIGITS = 3;

interface GridOptions {
  session: Session;
  t: Words;
  guard<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
  onOpen(row: ScoredRow, by: "pointer" | "keyboard"): void;
}

/** The table: a header that sorts, and as many rows as fit on the screen. */
export function grid({ session, t, guard, onOpen }: GridOptions) {
  const head = header(session, t);
  const headGroup = h("div", { class: "tfw-rows-head tfw-head", role: "rowgroup" }, head.element);
  const body = h("div", { class: "tfw-rows-body tfw-body", role: "rowgroup" });
  const element = h(
    "div",
    { class: "tfw-rows-grid tfw-grid", role: "grid", tabindex: 0, "aria-label": t("table") },
    headGroup,
    body,
  );
  let size: Size = "wide";
  let drawn: number[] | undefined;

  const list = new VirtualList({
    scroller: element,
    body,
    create: () => (size === "narrow" ? narrowRow : wideRow)({ session, t }),
    onRange: (first, last) => session.pages.want(first, last),
    onOpen: guard((index: number, by: "pointer" | "keyboard") => {
      const row = session.pages.get(index);
      if (row) onOpen(row, by);
    }),
  });

  const headRows = () => (size === "narrow" ? 0 : 1);

  function shape(): void {
    drawn = session.columns;
    element.toggleAttribute("data-multi", session.summary.multi_label);
    element.style.setProperty("--tfw-columns", String(drawn.length));
    const digits = t.number(session.summary.total).length;
    element.style.setProperty("--tfw-more-digits", String(Math.max(0, digits - DIGITS)));
    headGroup.hidden = size === "narrow";
    list.reshape(HEIGHTS[size], headRows());
  }

  return {
    element,
    /** The row at the top of the screen. */
    first: () => list.range()[0],
    setSize(now: Size): void {
      if (now === size) return;
      size = now;
      if (drawn) shape();
    },
    toTop: () => list.toTop(),
    /** Shows again what is on screen, as the session knows it now. */
    update(): void {
      const { total } = session.pages;
      element.setAttribute("aria-rowcount", String(total + headRows()));
      element.setAttribute("aria-busy", String(session.pages.replacing));
      head.update();
      if (drawn !== session.columns) shape();
      list.update(total);
    },
    /** Marks the opened row. */
    refresh: () => list.refresh(),
    layout: () => list.render(),
    dispose: () => list.dispose(),
  };
}
