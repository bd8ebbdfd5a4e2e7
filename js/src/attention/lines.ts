import type { Kernel } from "./kernel.ts";
import { Memory } from "./memory.ts";
import type { Matrix } from "./model.ts";
import type { Cell } from "./session.ts";

/** What a query attends to (per key), and what attends to a key (per query). */
export interface Weights {
  row: Float32Array | undefined;
  column: Float32Array | undefined;
  /** Share of the query's weight that lies on hidden special tokens. */
  hidden: number;
  /** Values have the precision of the picture. */
  rough: boolean;
}

interface Kept {
  values: Float32Array;
  hidden: number;
  rough: boolean;
}

interface Flight {
  reply: Promise<void>;
  stop: AbortController;
  waiting: number;
}

/** How many numbers are kept; 16 MB. */
const ROOM = 4_000_000;

/**
 * Exact rows and columns of matrices, remembered: a reader comes back to the same token, and
 * several panes ask for it at once. What nobody waits for any more is dropped.
 */
export class LinesCache {
  #kernel: Kernel;
  #kept = new Memory<Kept>(ROOM, ({ values }) => values.length);
  #flights = new Map<string, Flight>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  async get(matrix: Matrix, cell: Cell, signal?: AbortSignal): Promise<Weights> {
    signal?.throwIfAborted();
    const found = this.peek(matrix, cell);
    if (found) return found;
    const keys = names(matrix, cell);
    // Taken now: what is kept may have gone by the time the rest is there.
    const had = this.#read(keys);
    const missing = {
      query: had.row ? null : cell.query,
      key: had.column ? null : cell.key,
    };
    await this.#join(matrix, missing, signal);
    const now = this.#read(keys);
    return weights(now.row ?? had.row, now.column ?? had.column);
  }

  /** What is known already, all of it or nothing. */
  peek(matrix: Matrix, cell: Cell): Weights | undefined {
    const keys = names(matrix, cell);
    const { row, column } = this.#read(keys);
    if ((keys.row && !row) || (keys.column && !column)) return undefined;
    return weights(row, column);
  }

  #read({ row, column }: ReturnType<typeof names>) {
    const kept = (name: string | undefined) =>
      name === undefined ? undefined : this.#kept.get(name);
    return { row: kept(row), column: kept(column) };
  }

  async #join(matrix: Matrix, cell: Cell, signal: AbortSignal | undefined): Promise<void> {
    const name = JSON.stringify([matrix, cell]);
    const flight = this.#flights.get(name) ?? this.#ask(name, matrix, cell);
    flight.waiting++;
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(signal?.reason);
      signal?.addEventListener("abort", leave, { once: true });
    });
    try {
      await Promise.race([flight.reply, left]);
    } finally {
      signal?.removeEventListener("abort", leave);
      if (--flight.waiting === 0) {
        // Without effect where the reply is there.
        flight.stop.abort();
        if (this.#flights.get(name) === flight) this.#flights.delete(name);
      }
    }
  }

  #ask(name: string, matrix: Matrix, cell: Cell): Flight {
    const stop = new AbortController();
    const keys = names(matrix, cell);
    const reply = this.#kernel
      .lines(matrix, cell, stop.signal)
      .then(({ row, column, hidden, rough }) => {
        if (keys.row && row) this.#kept.set(keys.row, { values: row, hidden, rough });
        if (keys.column && column)
          this.#kept.set(keys.column, { values: column, hidden: 0, rough });
      });
    // Who waits hears of it; if nobody does, nobody has to.
    reply.catch(() => {});
    const flight = { reply, stop, waiting: 0 };
    this.#flights.set(name, flight);
    return flight;
  }
}

function weights(row?: Kept, column?: Kept): Weights {
  return {
    row: row?.values,
    column: column?.values,
    hidden: row?.hidden ?? 0,
    rough: row?.rough ?? column?.rough ?? false,
  };
}

function names(matrix: Matrix, { query, key }: Cell) {
  const which = JSON.stringify(matrix);
  return {
    row: query === null ? undefined : `${which} row ${query}`,
    column: key === null ? undefined : `${which} column ${key}`,
  };
}

/** The one cache of a view: parts that come late bring a copy of this module, but not of the kernel. */
export const linesOf = ({ kernel }: { kernel: Kernel }): LinesCache => kernel.exact;
