export interface UnitListOptions {
  scroller: HTMLElement;
  body: HTMLElement;
  /** px */
  height: number;
  /** Nodes that are drawn beyond what is on screen, at most. */
  budget: number;
  count(): number;
  create(index: number): HTMLElement;
  /** What a unit will be like: its height in px, and its nodes; none while it is not loaded. */
  guess(index: number): { height: number; nodes: number } | undefined;
  /** Units `first` to `last` are drawn. */
  onRange(first: number, last: number): void;
  /** Where the reader is; kept outside, so that another list can go on there. */
  at: { unit: number; above: number };
}

/** Beyond either edge of the screen (px), so that slow scrolling meets no blank. */
const OVERSCAN = 150;
/** Of a line, in px; see flow.css. */
export const LINE = 26;
/** Measuring moves things, which brings others on screen: this settles soon. */
const ROUNDS = 5;

/**
 * Units of text below each other, of which only those near the screen are elements.
 *
 * How high they are is known once they were drawn. Until then a height is guessed; and when
 * it turns out otherwise above the screen, what is on screen stays where it is.
 */
export class UnitList {
  /** Whether what is drawn stays, for somebody is marking it. */
  pinned = false;

  #options: UnitListOptions;
  #rows = new Map<number, HTMLElement>();
  #heights = new Float32Array(0);
  /** The upper edges of all units, and the lower one of the last. */
  #tops = new Float64Array(1);
  #frame: number | undefined;
  #listening = new AbortController();

  constructor(options: UnitListOptions) {
    this.#options = options;
    options.scroller.addEventListener("scroll", () => this.#later(), {
      passive: true,
      signal: this.#listening.signal,
    });
  }

  get height(): number {
    return this.#options.scroller.clientHeight || this.#options.height;
  }

  /** The unit at a number of px from the top. */
  find(y: number): number {
    let low = 0;
    let high = Math.max(0, this.#options.count() - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#tops[middle] as number) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  top(index: number): number {
    return this.#tops[index] ?? 0;
  }

  /** Draws everything again; where lines break otherwise, all heights are unknown. */
  refresh(reflow = false): void {
    this.clear();
    if (reflow) {
      this.#heights.fill(0);
      this.#add();
    }
    this.render(this.#options.at);
  }

  clear(): void {
    for (const element of this.#rows.values()) element.remove();
    this.#rows.clear();
  }

  /** Draws what is on screen; given a place, goes there. */
  render(place?: { unit: number; above: number }): void {
    const { scroller, onRange, count } = this.#options;
    if (count() !== this.#heights.length) {
      this.#heights = new Float32Array(count());
      this.#add();
    }
    const at = place ?? this.#place();
    let range: [number, number] = [0, -1];
    for (let round = 0; round < ROUNDS; round++) {
      this.#stretch(range);
      const goal = this.top(at.unit) + at.above;
      if (scroller.scrollTop !== goal) scroller.scrollTop = goal;
      range = this.#range(this.#guessed(goal) ? this.top(at.unit) + at.above : goal);
      this.#draw(range);
      this.#stretch(range);
      if (!this.#measure()) break;
    }
    if (scroller.scrollTop !== this.top(at.unit) + at.above) {
      scroller.scrollTop = this.top(at.unit) + at.above;
    }
    if (scroller.isConnected) Object.assign(this.#options.at, this.#place());
    if (range[1] >= range[0]) onRange(...range);
  }

  /** Brings a unit on screen, at the edge that is nearer. */
  reveal(index: number): void {
    const { scroller } = this.#options;
    const below = this.top(index + 1) - this.height;
    if (this.top(index) < scroller.scrollTop) this.render({ unit: index, above: 0 });
    else if (below > scroller.scrollTop) {
      this.render({
        unit: index,
        above: Math.min(0, this.top(index + 1) - this.top(index) - this.height),
      });
    } else if (!this.#rows.has(index)) this.render();
  }

  dispose(): void {
    this.#listening.abort();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #later(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (this.#rows.size > 0) this.render();
    });
  }

  /** Where the screen is, told by a unit that was drawn: its height is no guess. */
  #place(): { unit: number; above: number } {
    const { scrollTop } = this.#options.scroller;
    const top = this.find(scrollTop);
    const last = this.find(scrollTop + this.height - 1);
    let unit = top;
    while (unit < last && !this.#rows.has(unit)) unit++;
    if (!this.#rows.has(unit)) unit = top;
    return { unit, above: scrollTop - this.top(unit) };
  }

  /** Guesses the heights of what is about to be drawn; whether that moved anything. */
  #guessed(goal: number): boolean {
    const { guess, count } = this.#options;
    let changed = false;
    let height = 0;
    for (
      let k = this.find(goal - OVERSCAN);
      k < count() && height < this.height + 2 * OVERSCAN;
      k++
    ) {
      if (!this.#heights[k]) {
        const found = guess(k)?.height;
        if (found) {
          this.#heights[k] = found;
          changed = true;
        }
      }
      height += this.#heights[k] || LINE;
    }
    if (changed) this.#add();
    return changed;
  }

  /** What is on screen, and beyond it as much as the budget allows. */
  #range(top: number): [number, number] {
    const { count, guess, budget } = this.#options;
    if (count() === 0) return [0, -1];
    let first = this.find(top);
    let last = this.find(top + this.height - 1);
    const nodes = (index: number) => guess(index)?.nodes ?? 1;
    let sum = 0;
    for (let k = first; k <= last; k++) sum += nodes(k);
    const low = this.find(top - OVERSCAN);
    const high = this.find(top + this.height + OVERSCAN);
    while (last < high && sum + nodes(last + 1) <= budget) sum += nodes(++last);
    while (first > low && sum + nodes(first - 1) <= budget) sum += nodes(--first);
    if (this.pinned) {
      for (const index of this.#rows.keys()) {
        first = Math.min(first, index);
        last = Math.max(last, index);
      }
    }
    return [first, last];
  }

  #draw([first, last]: [number, number]): void {
    const { body, create } = this.#options;
    for (const [index, element] of this.#rows) {
      if (index >= first && index <= last && !element.hasAttribute("data-draft")) continue;
      element.remove();
      this.#rows.delete(index);
    }
    let next: ChildNode | null = body.firstChild;
    for (let index = first; index <= last; index++) {
      const row = this.#rows.get(index);
      if (row) {
        next = row.nextSibling;
        continue;
      }
      const element = create(index);
      if (element.hasAttribute("data-wait")) {
        element.style.height = `${this.top(index + 1) - this.top(index)}px`;
      }
      this.#rows.set(index, element);
      body.insertBefore(element, next);
    }
  }

  /** Takes the heights of what is drawn; whether any was another. */
  #measure(): boolean {
    let changed = false;
    for (const [index, element] of this.#rows) {
      if (element.hasAttribute("data-wait")) continue;
      const height = element.offsetHeight;
      if (height === 0 || height === this.#heights[index]) continue;
      this.#heights[index] = height;
      changed = true;
    }
    if (changed) this.#add();
    return changed;
  }

  /** Adds the heights up; what was never seen is as high as the rest is on average. */
  #add(): void {
    const heights = this.#heights;
    let sum = 0;
    let known = 0;
    for (const height of heights) {
      if (height > 0) known++;
      sum += height;
    }
    const mean = known > 0 ? Math.round(sum / known) : LINE;
    const tops = new Float64Array(heights.length + 1);
    let top = 0;
    for (let k = 0; k < heights.length; k++) tops[k + 1] = top += heights[k] || mean;
    this.#tops = tops;
  }

  /** Makes room for what is not drawn. */
  #stretch([first, last]: [number, number]): void {
    const { style } = this.#options.body;
    const end = this.top(this.#heights.length);
    const drawn = last >= first;
    style.paddingTop = `${drawn ? this.top(first) : end}px`;
    style.paddingBottom = `${drawn ? end - this.top(last + 1) : 0}px`;
  }
}
