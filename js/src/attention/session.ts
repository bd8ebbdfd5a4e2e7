import type { Kind, Lens, Matrix, Opened, Pane, StatName } from "./model.ts";

/** Part of a matrix in units, [from, to). */
export interface Range {
  rows: [from: number, to: number];
  columns: [from: number, to: number];
}

/** Which texts of a pair attend to which. */
export type Block = "all" | "aa" | "ab" | "ba" | "bb";

/** How weights become colours: as they are, their roots, or powers of ten. */
export type Scale = "linear" | "root" | "log";

/** A query and a key; either may be missing. */
export interface Cell {
  query: number | null;
  key: number | null;
}

export const NOWHERE: Cell = { query: null, key: null };

/**
 * What can change: the text or the lens, the matrix, the part of it on screen, the cell, colours;
 * and that a pane shows what it asked for.
 */
export type Change = "opened" | "matrix" | "range" | "cell" | "scale" | "drawn";

/**
 * What a reader looks at. All panes show it and change it: each draws what it hears of, and
 * tells the session what the reader does. It survives a change of language.
 */
export class Session {
  item = 0;
  lens: Lens = { words: false, special: true, renormalize: false };
  opened: Opened | undefined;
  /** Of each axis, a byte per unit: see `FLAGS`. */
  flags: Uint8Array[] = [];
  kind: Kind = "self";
  layer = 0;
  heads: number[] = [0];
  block: Block = "all";
  /** What is on screen of the heat map, and what arcs and exports are about. */
  range: Range = { rows: [0, 0], columns: [0, 0] };
  /** What the pointer or the keys are at. */
  hovered: Cell = NOWHERE;
  /** What stays when the pointer goes. */
  pinned: Cell | undefined;
  scale: Scale = "root";
  /** The order of the heads. */
  sort: StatName | "built" = "built";
  /** Panes that have shown what they asked for. */
  readonly panes = new Set<string>();

  #listeners = new Map<Change, Set<() => void>>();

  /** Hears of a change until the returned function is called. */
  on(change: Change, listener: () => void): () => void {
    const listeners = this.#listeners.get(change) ?? new Set();
    this.#listeners.set(change, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  tell(change: Change): void {
    for (const listener of [...(this.#listeners.get(change) ?? [])]) listener();
  }

  /** The cell that counts: the hovered one, else the pinned one. */
  get cell(): Cell {
    const { query, key } = this.hovered;
    return query === null && key === null ? (this.pinned ?? NOWHERE) : this.hovered;
  }

  get pane(): Pane | undefined {
    return this.opened?.panes.find(({ kind }) => kind === this.kind) ?? this.opened?.panes[0];
  }

  get matrix(): Matrix {
    const { item, kind, layer, heads, lens } = this;
    return { item, kind, layer, heads, lens };
  }

  /** A text was opened, or its units are others: what was chosen stays as far as it exists. */
  open(opened: Opened, flags: Uint8Array[]): void {
    this.opened = opened;
    this.flags = flags;
    const { pane } = this;
    if (pane) this.kind = pane.kind;
    this.hovered = NOWHERE;
    this.pinned = undefined;
    if (this.#split === null) this.block = "all";
    this.#fit();
    this.range = this.bounds;
    this.tell("opened");
  }

  choose(chosen: Partial<Pick<Session, "kind" | "layer" | "heads">>): void {
    const other = chosen.kind !== undefined && chosen.kind !== this.kind;
    Object.assign(this, chosen);
    this.#fit();
    if (other) {
      this.hovered = NOWHERE;
      this.pinned = undefined;
      if (this.#split === null) this.block = "all";
      this.range = this.bounds;
      this.tell("range");
    }
    this.tell("matrix");
    this.tell("cell");
  }

  show(block: Block): void {
    this.block = block;
    this.look(this.bounds);
  }

  look(range: Range): void {
    this.range = range;
    this.tell("range");
  }

  hover(cell: Cell): void {
    if (cell.query === this.hovered.query && cell.key === this.hovered.key) return;
    this.hovered = cell;
    this.tell("cell");
  }

  pin(cell: Cell | undefined): void {
    this.pinned = cell;
    this.tell("cell");
  }

  drawn(pane: string): void {
    if (this.panes.has(pane)) return;
    this.panes.add(pane);
    this.tell("drawn");
  }

  paint(scale: Scale): void {
    this.scale = scale;
    this.tell("scale");
  }

  /** The whole matrix. */
  get #whole(): Range {
    const { pane, opened } = this;
    const queries = (pane && opened?.axes[pane.queries]?.count) ?? 0;
    const keys = (pane && opened?.axes[pane.keys]?.count) ?? 0;
    return { rows: [0, queries], columns: [0, keys] };
  }

  /** All that there is to see of the matrix in the chosen block. */
  get bounds(): Range {
    const { block } = this;
    const split = this.#split;
    const { rows, columns } = this.#whole;
    if (split === null || block === "all") return { rows, columns };
    return {
      rows: block[0] === "a" ? [0, split] : [split, rows[1]],
      columns: block[1] === "a" ? [0, split] : [split, columns[1]],
    };
  }

  /** What is on screen, if it is less than the whole matrix. */
  get part(): Range | null {
    return JSON.stringify(this.range) === JSON.stringify(this.#whole) ? null : this.range;
  }

  /** Where the second text begins, if queries and keys are the same pair of texts. */
  get #split(): number | null {
    const { pane, opened } = this;
    if (!pane || pane.queries !== pane.keys) return null;
    return opened?.axes[pane.keys]?.split ?? null;
  }

  /** Layer and heads that the pane has. */
  #fit(): void {
    const { pane } = this;
    if (!pane) return;
    this.layer = Math.max(0, Math.min(this.layer, pane.heads.length - 1));
    const count = pane.heads[this.layer] ?? 0;
    const known = this.heads.filter((head) => head < count);
    this.heads = known.length ? known : [0];
  }
}
