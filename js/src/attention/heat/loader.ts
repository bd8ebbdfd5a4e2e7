import { isAbort } from "../../shared/protocol.ts";
import { rest } from "../../shared/rest.ts";
import type { Context } from "../context.ts";
import type { Picture } from "../kernel.ts";
import type { Cell, Range } from "../session.ts";
import { covers, HEAVY, type Part, plan, stripes, work } from "./plan.ts";
import type { Piece } from "./raster.ts";

/** Pieces that are kept of one matrix. */
const MOST = 8;
/** Queries of a cell that a first look takes. */
const SAMPLE = 2;
/** How long a reader who zooms or pans has to rest (ms). */
const PAUSE = 60;
/** How long after a picture the next ones are fetched (ms), and how many weights they may take. */
const CALM = 1_000;
const CHEAP = 2 ** 20;

/** Gets pictures of what is on screen: at first roughly where that takes long, then exactly. */
export class Loader {
  /** What there is of the matrix, in the order of drawing. */
  pieces: Piece[] = [];
  /** The pieces are those of the matrix before. */
  stale = false;
  busy = false;
  /** Share of the exact picture that is there; undefined where nothing is refined. */
  progress: number | undefined;
  failure: unknown;
  /** Pictures of matrices that were drawn first. */
  count = 0;

  #context: Context;
  #onChange: () => void;
  #asked = new AbortController();
  #matrix = "";
  #axes = "";
  #range: Range | undefined;
  #goal: Part | undefined;
  #soon = rest(() => void this.#load(), PAUSE);
  #ahead = rest(() => void this.#fetchNext(), CALM);

  constructor(context: Context, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** A range of the session's matrix is on screen. */
  want(range: Range): void {
    const { session } = this.#context;
    const matrix = JSON.stringify(session.matrix);
    const axes = JSON.stringify([session.item, session.kind, session.lens]);
    const other = matrix !== this.#matrix;
    if (axes !== this.#axes) this.pieces = [];
    else if (other && this.pieces.length > 0) this.stale = true;
    this.#matrix = matrix;
    this.#axes = axes;
    this.#range = range;
    if (!other && this.#satisfied()) return;
    if (other || this.failure) {
      this.failure = undefined;
      this.#soon.stop();
      void this.#load();
    } else {
      this.#soon.later();
    }
  }

  /** All that is on screen is exact. */
  get complete(): boolean {
    const range = this.#range;
    const goal = this.#plan();
    if (!range || !goal) return true;
    return this.pieces.some(
      (piece) =>
        piece.exact && piece.filled === piece.rows[1] - piece.rows[0] && covers(piece, goal, range),
    );
  }

  /** The rough picture is good enough. */
  stop(): void {
    this.#asked.abort();
    this.progress = undefined;
    this.busy = false;
    this.#onChange();
  }

  retry(): void {
    this.failure = undefined;
    void this.#load();
  }

  /** What the finest picture has at a cell. */
  at({ query, key }: Cell): { byte: number; units: number; exact: boolean } | undefined {
    if (query === null || key === null || this.stale) return undefined;
    for (let k = this.pieces.length - 1; k >= 0; k--) {
      const piece = this.pieces[k] as Piece;
      const step = 2 ** piece.level;
      const row = Math.floor(query / step) - piece.rows[0];
      const column = Math.floor(key / step) - piece.columns[0];
      const across = piece.columns[1] - piece.columns[0];
      if (row < 0 || row >= piece.filled || column < 0 || column >= across) continue;
      const byte = piece.cells[row * across + column] as number;
      return { byte, units: step, exact: piece.exact };
    }
    return undefined;
  }

  dispose(): void {
    this.#asked.abort();
    this.#soon.stop();
    this.#ahead.stop();
  }

  get #counts(): [number, number] {
    const { pane, opened } = this.#context.session;
    const count = (axis: number | undefined) => opened?.axes[axis ?? -1]?.count ?? 0;
    return [count(pane?.queries), count(pane?.keys)];
  }

  #plan(): Part | undefined {
    const { session } = this.#context;
    const range = this.#range;
    if (!range || range.rows[0] >= range.rows[1] || range.columns[0] >= range.columns[1]) return;
    return plan(range, this.#counts, session.heads.length);
  }

  /** Whether what is here, or being fetched, is all that can be had. */
  #satisfied(): boolean {
    const range = this.#range;
    const goal = this.#plan();
    if (!range || !goal || (!this.stale && this.complete)) return true;
    return this.busy && this.#goal !== undefined && covers(this.#goal, goal, range);
  }

  async #load(): Promise<void> {
    this.#asked.abort();
    this.#asked = new AbortController();
    this.#ahead.stop();
    const { signal } = this.#asked;
    this.progress = undefined;
    this.#goal = this.#plan();
    this.busy = this.#goal !== undefined;
    if (!this.#goal) return;
    try {
      await this.#fetch(this.#goal, signal);
      this.busy = false;
      this.progress = undefined;
      this.#ahead.later();
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.busy = false;
      this.progress = undefined;
      this.failure = error;
      // What is left is of another matrix.
      if (this.stale) this.pieces = [];
    }
    this.#onChange();
  }

  async #fetch(goal: Part, signal: AbortSignal): Promise<void> {
    const { kernel, session } = this.#context;
    const matrix = session.matrix;
    const keys = this.#counts[1];
    const heads = matrix.heads.length;
    const exactly = { ...goal, sample: 0 };
    const light = work(goal, keys, heads) <= HEAVY;
    const known = kernel.known(matrix, exactly);
    if (known || light) {
      this.#add(goal, known ?? (await kernel.tile(matrix, exactly, signal)), signal);
      return;
    }
    const size = (goal.rows[1] - goal.rows[0]) * (goal.columns[1] - goal.columns[0]);
    const piece: Piece = { ...goal, cells: new Uint8Array(size), exact: true, filled: 0 };
    if (2 ** goal.level > SAMPLE) {
      const rough = await kernel.tile(matrix, { ...goal, sample: SAMPLE }, signal);
      this.#add(goal, rough, signal);
    }
    // One after the other: the kernel has one thread, and whatever the reader does comes first.
    for (const rows of stripes(goal, keys, heads)) {
      this.progress = piece.filled / (goal.rows[1] - goal.rows[0]);
      this.#onChange();
      const part = await kernel.tile(matrix, { ...exactly, rows }, signal);
      signal.throwIfAborted();
      piece.cells.set(part.cells, (rows[0] - goal.rows[0]) * (goal.columns[1] - goal.columns[0]));
      piece.filled = rows[1] - goal.rows[0];
      if (!this.pieces.includes(piece)) this.#push(piece);
    }
    const { cells } = piece;
    kernel.keep(matrix, exactly, { ...shape(goal), exact: true, cells });
  }

  /** The head and the layer that a reader steps to next are here when that happens. */
  async #fetchNext(): Promise<void> {
    const { kernel, session } = this.#context;
    const { matrix, pane } = session;
    const goal = this.#goal;
    const { signal } = this.#asked;
    const [head] = matrix.heads;
    if (!goal || !pane || head === undefined || matrix.heads.length > 1) return;
    if (work(goal, this.#counts[1], 1) > CHEAP) return;
    const next = [
      { layer: matrix.layer, heads: [head + 1] },
      { layer: matrix.layer + 1, heads: [head] },
    ];
    for (const step of next) {
      if ((step.heads[0] as number) >= (pane.heads[step.layer] ?? 0)) continue;
      try {
        await kernel.tile({ ...matrix, ...step }, { ...goal, sample: 0 }, signal);
      } catch {
        return; // who wants it will ask again, and hear what is wrong
      }
    }
  }

  #add(part: Part, { cells, exact }: Picture, signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#push({ ...part, cells, exact, filled: part.rows[1] - part.rows[0] });
  }

  #push(piece: Piece): void {
    if (this.stale || this.pieces.length === 0) {
      this.pieces = [];
      this.count++;
    }
    this.stale = false;
    this.pieces.push(piece);
    // Coarse pieces first, so that finer ones are drawn over them; the first shows the most.
    this.pieces.sort((a, b) => b.level - a.level || Number(a.exact) - Number(b.exact));
    if (this.pieces.length > MOST) this.pieces.splice(1, 1);
    this.#onChange();
  }
}

function shape({ rows, columns }: Part): { height: number; width: number } {
  return { height: rows[1] - rows[0], width: columns[1] - columns[0] };
}
