import { uniqueId } from "./dom.ts";

/** One element that shows whichever row it is given. */
export interface ListRow {
  element: HTMLElement;
  show(index: number): void;
}

export interface VirtualListOptions {
  /** Scrolls, holds the focus, and may hold a sticky header before the body. */
  scroller: HTMLElement;
  body: HTMLElement;
  create(): ListRow;
  /** Rows `first` to `last` are on screen. */
  onRange(first: number, last: number): void;
  /** A row was clicked, or Enter was pressed on it. */
  onOpen(index: number, by: "pointer" | "keyboard"): void;
}

/** Rows beyond either edge, so that fast scrolling meets no blank. */
const OVERSCAN = 6;
/** What to fill before the first layout: in a hidden tab nothing has a height. */
const HEIGHT_BEFORE_LAYOUT = 420;

/**
 * Rows of one height, of which only those near the screen are elements.
 *
 * Elements move to the other end as rows leave at one end, in reading order. One row is
 * active: keys move it, and `aria-activedescendant` tells assistive technology, while the
 * focus stays on the scroller and survives recycling.
 */
export class VirtualList {
  active = 0;
  count = 0;

  #options: VirtualListOptions;
  #rows = new Map<number, ListRow>();
  #height = 1;
  #headerRows = 0;
  #id = uniqueId("tfw-list");
  #frame: number | undefined;
  #listening = new AbortController();

  constructor(options: VirtualListOptions) {
    this.#options = options;
    const { scroller } = options;
    const { signal } = this.#listening;
    scroller.addEventListener("scroll", () => this.#later(), { passive: true, signal });
    scroller.addEventListener("keydown", (event) => this.#key(event), { signal });
    scroller.addEventListener("click", (event) => this.#click(event), { signal });
    scroller.addEventListener("focus", () => this.#enter(), { signal });
  }

  /** Takes a new kind of rows: `height` in px, after `headerRows` rows of header. */
  reshape(height: number, headerRows: number): void {
    const first = this.#options.scroller.scrollTop / this.#height;
    const [top, bottom] = this.range();
    const seen = this.active >= top && this.active <= bottom;
    this.#height = height;
    this.#headerRows = headerRows;
    for (const { element } of this.#rows.values()) element.remove();
    this.#rows.clear();
    this.#stretch();
    this.#options.scroller.scrollTop = first * height;
    // The active row stays in sight.
    if (seen && this.active < this.count) this.#reveal(this.active);
    else this.render();
  }

  /** Takes a new number of rows and shows all again. */
  update(count: number): void {
    this.count = count;
    this.active = Math.max(0, Math.min(this.active, count - 1));
    this.#stretch();
    this.render();
    this.refresh();
  }

  /** Shows again what is on screen: its rows have changed. */
  refresh(): void {
    for (const [index, row] of this.#rows) this.#show(row, index);
  }

  /** Goes back to the first row. */
  toTop(): void {
    this.active = 0;
    this.#options.scroller.scrollTop = 0;
  }

  /** The first and the last row on screen. */
  range(): [first: number, last: number] {
    const first = Math.floor(this.#options.scroller.scrollTop / this.#height);
    const shown = Math.ceil(this.#viewport() / this.#height);
    const last = Math.min(this.count - 1, first + shown);
    return [Math.max(0, Math.min(first, last)), last];
  }

  render(): void {
    const [first, last] = this.range();
    const from = Math.max(0, first - OVERSCAN);
    const to = Math.min(this.count - 1, last + OVERSCAN);
    const free = this.#release(from, to);
    const take = (index: number): HTMLElement => {
      const row = free.pop() ?? this.#options.create();
      this.#rows.set(index, row);
      this.#show(row, index);
      return row.element;
    };
    const kept = [...this.#rows.keys()];
    const { body } = this.#options;
    const lowest = kept.length ? Math.min(...kept) : to + 1;
    const highest = kept.length ? Math.max(...kept) : to;
    for (let index = lowest - 1; index >= from; index--) body.prepend(take(index));
    for (let index = highest + 1; index <= to; index++) body.append(take(index));
    for (const { element } of free) element.remove();
    this.#point();
    if (last >= first) this.#options.onRange(first, last);
  }

  dispose(): void {
    this.#listening.abort();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #release(from: number, to: number): ListRow[] {
    const free: ListRow[] = [];
    for (const [index, row] of this.#rows) {
      if (index >= from && index <= to) continue;
      this.#rows.delete(index);
      free.push(row);
    }
    return free;
  }

  #show(row: ListRow, index: number): void {
    const { element } = row;
    element.id = `${this.#id}-${index}`;
    element.style.transform = `translateY(${index * this.#height}px)`;
    element.style.height = `${this.#height}px`;
    element.setAttribute("aria-rowindex", String(index + 1 + this.#headerRows));
    element.toggleAttribute("data-active", index === this.active);
    row.show(index);
  }

  #stretch(): void {
    this.#options.body.style.height = `${this.count * this.#height}px`;
  }

  #viewport(): number {
    const { scroller, body } = this.#options;
    return (scroller.clientHeight || HEIGHT_BEFORE_LAYOUT) - body.offsetTop;
  }

  #later(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.render();
    });
  }

  #point(): void {
    const { scroller } = this.#options;
    const active = this.#rows.get(this.active);
    if (active) scroller.setAttribute("aria-activedescendant", active.element.id);
    else scroller.removeAttribute("aria-activedescendant");
  }

  #move(index: number, reveal = true): void {
    if (this.count === 0) return;
    this.#rows.get(this.active)?.element.removeAttribute("data-active");
    this.active = Math.max(0, Math.min(index, this.count - 1));
    this.#rows.get(this.active)?.element.setAttribute("data-active", "");
    if (reveal) this.#reveal(this.active);
    this.#point();
  }

  /** The focus comes in: the active row is one that can be seen. */
  #enter(): void {
    const [first, last] = this.range();
    this.#move(this.active >= first && this.active <= last ? this.active : first, false);
  }

  #reveal(index: number): void {
    const { scroller } = this.#options;
    const top = index * this.#height;
    const lowest = top + this.#height - this.#viewport();
    if (scroller.scrollTop > top) scroller.scrollTop = top;
    else if (scroller.scrollTop < lowest) scroller.scrollTop = lowest;
    this.render();
  }

  #key(event: KeyboardEvent): void {
    // Keys on a button of the header are the button's.
    if (event.target !== this.#options.scroller) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const screen = Math.max(1, Math.floor(this.#viewport() / this.#height) - 1);
    const goals: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + screen,
      PageUp: this.active - screen,
      Home: 0,
      End: this.count - 1,
    };
    const goal = goals[event.key];
    if (goal !== undefined) this.#move(goal);
    else if (event.key === "Enter" && this.count > 0) this.#options.onOpen(this.active, "keyboard");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #click(event: MouseEvent): void {
    // Marking text with the mouse ends in a click, too.
    if (document.getSelection()?.isCollapsed === false) return;
    for (const [index, { element }] of this.#rows) {
      if (!element.contains(event.target as Node)) continue;
      this.#move(index, false);
      this.#options.onOpen(index, "pointer");
      return;
    }
  }
}
