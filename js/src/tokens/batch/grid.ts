import { fill, h, set, uniqueId } from "../../shared/dom.ts";
import { rest } from "../../shared/rest.ts";
import { visible } from "../../shared/text.ts";
import { type ListRow, VirtualList } from "../../shared/virtual-list.ts";
import { div, span } from "../elements.ts";
import type { PartContext } from "../panel.ts";
import { inWords, looks } from "./cells.ts";
import type { Session } from "./session.ts";

/** Of a cell and of a row's head (px), as in batch.css. */
const CELL = 68;
const ROW = 26;
const HEAD = 236;
/** Columns beyond either edge, so that fast scrolling meets no blank. */
const OVERSCAN = 2;
/** What to fill before the first layout. */
const WIDTH_BEFORE_LAYOUT = 800;
/** Names are asked for when the cells rest this long (ms). */
const REST = 70;

interface GridOptions {
  context: PartContext;
  session: Session;
  onRange(first: number, last: number): void;
  /** Another cell is active, or its row has come in. */
  onActive(): void;
}

/** The batch as a table of which only the cells near the screen are elements. */
export function batchGrid({ context, session, onRange, onActive }: GridOptions) {
  const { t, pieces, guard } = context;
  const { pages, memory } = session;
  const activeId = uniqueId("tok-batch");
  /** The columns that are elements. */
  let from = 0;
  let to = 0;
  let active: Element | undefined;

  const head = (role: string, ...children: Node[]) =>
    h("div", { class: "tok-b-head", role }, ...children);
  const row = (...children: Node[]) => h("div", { class: "tok-b-row", role: "row" }, ...children);
  const corner = head(
    "columnheader",
    span(t("batch.text")),
    span(t("batch.tokens")),
    span(t("batch.beginning")),
  );
  const numbers = div("b-cells");
  const body = h("div", { class: "tok-rows", role: "rowgroup" });
  const element = h(
    "div",
    {
      class: "tok-b-grid",
      role: "grid",
      tabindex: 0,
      dir: "ltr",
      "aria-label": t("batch.grid"),
      // Before the list's own listeners: a click must know its column, and Home is the row's.
      onclick: ({ target }: MouseEvent) => {
        const cell = (target as Element).closest("[role=gridcell]");
        if (cell) memory.column = from + [...(cell.parentNode?.children ?? [])].indexOf(cell);
      },
      onkeydown: guard(key),
    },
    h("div", { class: "tok-top", role: "rowgroup" }, row(corner, numbers)),
    body,
  );
  const naming = rest(() => {
    const [first, last] = list.range();
    const ids: number[] = [];
    for (let index = first; index <= last; index++) {
      for (const { id } of pages.get(index)?.cells.slice(from, to) ?? []) ids.push(id);
    }
    pieces.want(0, ids);
  }, REST);
  const list = new VirtualList({
    scroller: element,
    body,
    create,
    onRange(first, last) {
      pages.want(first, last);
      naming.later();
      onRange(first, last);
      point();
    },
    onOpen: point,
  });
  // After the list's own: it points to rows.
  element.addEventListener("keydown", point);
  element.addEventListener("focus", () => {
    memory.column = within(from, memory.column, to - 1);
    point();
  });
  element.addEventListener("scroll", () => columns());

  function create(): ListRow {
    const label = head("rowheader");
    const cells = div("b-cells");
    return {
      element: row(label, cells),
      show(index) {
        const found = pages.get(index);
        if (found) {
          const { text, overflow, real, cut, label: beginning } = found;
          const length = span(t.number(real));
          if (cut > 0) {
            length.title = t("batch.cut-here", { n: cut });
            length.append(h("del", {}, ` −${t.number(cut)}`));
          }
          fill(
            label,
            span(overflow > 0 && "↳ ", text),
            length,
            h("bdi", { dir: "auto" }, visible(beginning)),
          );
        } else fill(label, t("not-loaded"));
        const shown = found?.cells.slice(from, to) ?? [];
        cells.style.paddingLeft = `${from * CELL}px`;
        while (cells.childElementCount > shown.length) cells.lastChild?.remove();
        shown.forEach(({ id, flags }, k) => {
          const cell = cells.children[k] ?? cells.appendChild(h("span", { role: "gridcell" }));
          cell.className = looks(flags);
          cell.textContent = visible(pieces.get(0, id) ?? "…");
        });
      },
    };
  }

  const width = () => (element.clientWidth || WIDTH_BEFORE_LAYOUT) - (corner.offsetWidth || HEAD);
  const all = () => memory.whole?.columns ?? 0;

  /** Draws the columns that are on screen now, if they are others. */
  function columns(always = false): void {
    const { scrollLeft } = element;
    const first = Math.max(0, Math.floor(scrollLeft / CELL) - OVERSCAN);
    const stop = Math.min(all(), Math.ceil((scrollLeft + width()) / CELL) + OVERSCAN);
    if (!always && first === from && stop === to) return;
    from = Math.min(first, stop);
    to = stop;
    numbers.style.paddingLeft = `${from * CELL}px`;
    const shown = Array.from({ length: to - from }, (_, k) =>
      h("span", { class: "tok-b-cell", role: "columnheader" }, from + k),
    );
    fill(numbers, ...shown);
    list.refresh();
    naming.later();
    point();
  }

  /** Tells assistive technology, and the strip below, which cell is active. */
  function point(): void {
    memory.row = list.active;
    memory.column = within(0, memory.column, all() - 1);
    const { row: index, column } = memory;
    for (const name of ["id", "aria-selected", "aria-colindex", "aria-label"]) {
      active?.removeAttribute(name);
    }
    const cells = body.querySelector(`[aria-rowindex="${index + 2}"]`)?.lastElementChild;
    const cell = pages.get(index)?.cells[column];
    active = cells?.children[column - from];
    set(element, "aria-activedescendant", active && activeId);
    if (active && cell) {
      const words = [visible(pieces.get(0, cell.id) ?? String(cell.id)), ...inWords(cell.flags, t)];
      active.id = activeId;
      active.setAttribute("aria-selected", "true");
      active.setAttribute("aria-colindex", String(column + 2));
      active.setAttribute("aria-label", words.join(", "));
    }
    onActive();
  }

  function key(event: KeyboardEvent): void {
    const last = (pages.get(list.active)?.columns ?? all()) - 1;
    const goals: Record<string, number> = {
      ArrowLeft: memory.column - 1,
      ArrowRight: memory.column + 1,
      Home: 0,
      End: last,
    };
    const goal = goals[event.key];
    if (event.altKey || event.metaKey || goal === undefined) return;
    if (event.ctrlKey) goTo(event.key === "Home" ? 0 : list.count - 1);
    memory.column = within(0, goal, last);
    const left = memory.column * CELL;
    element.scrollLeft = within(left + CELL - width(), element.scrollLeft, left);
    columns();
    point();
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function goTo(index: number): void {
    list.active = within(0, index, list.count - 1);
    // Not quite at the edge, so that it is seen where the row stands.
    element.scrollTop = (list.active - 2) * ROW;
    list.render();
    list.refresh();
  }

  const named = () => {
    list.refresh();
    point();
  };
  pieces.onChange.add(named);
  list.reshape(ROW, 1);

  return {
    element,
    first: () => list.range()[0],
    goTo,
    /** Shows again what is on screen, as the session knows it now. */
    update(): void {
      set(element, "aria-rowcount", pages.total + 1);
      set(element, "aria-colcount", all() + 1);
      element.style.setProperty("--tok-columns", String(all()));
      list.active = memory.row;
      list.update(pages.total);
      columns(true);
    },
    layout(): void {
      columns();
      list.render();
    },
    dispose(): void {
      pieces.onChange.delete(named);
      naming.stop();
      list.dispose();
    },
  };
}

/** `value`, or the bound that it is beyond; the upper one counts if they contradict. */
function within(least: number, value: number, most: number): number {
  return Math.max(0, Math.min(Math.max(least, value), most));
}
