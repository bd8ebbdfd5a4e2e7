import type { Kernel } from "../kernel.ts";
import { type Matrix, NAN } from "../model.ts";
import type { Range } from "../session.ts";
import { strongest } from "../strongest.ts";

/** A line: who attends to whom, and the byte of the weight. */
export interface Link {
  query: number;
  key: number;
  value: number;
}

export interface Found {
  links: Link[];
  broken: Set<number>;
}

/** What is asked for at once. */
const CELLS = 2 ** 17;
const COLUMNS = 4096;
const ROWS = 32;
/** Weights below 0.004 are no lines. */
const LEAST = 16;

export interface Block {
  rows: [from: number, to: number];
  columns: [from: number, to: number];
}

/** The blocks of a matrix that hold the rows on screen; of very many columns those nearby. */
export function blocks(
  range: Range,
  rows: [from: number, to: number],
  keys: [from: number, to: number],
): Block[] {
  const columns = nearby(range.columns, keys);
  const across = Math.max(1, columns[1] - columns[0]);
  const height = Math.max(1, Math.min(ROWS, Math.floor(CELLS / across)));
  const found: Block[] = [];
  for (let k = Math.floor(rows[0] / height); k * height < rows[1]; k++) {
    const from = Math.max(k * height, range.rows[0]);
    const to = Math.min((k + 1) * height, range.rows[1]);
    if (to > from) found.push({ rows: [from, to], columns });
  }
  return found;
}

function nearby([from, to]: [number, number], keys: [number, number]): [number, number] {
  if (to - from <= COLUMNS) return [from, to];
  const step = COLUMNS / 4;
  const middle = Math.round((keys[0] + keys[1]) / 2 / step) * step;
  const start = Math.max(from, Math.min(middle - COLUMNS / 2, to - COLUMNS));
  return [start, start + COLUMNS];
}

/** The strongest keys of each query. */
export function linksOf(cells: Uint8Array, { rows, columns }: Block, perQuery: number): Link[] {
  const width = columns[1] - columns[0];
  const links: Link[] = [];
  for (let query = rows[0]; query < rows[1]; query++) {
    const start = (query - rows[0]) * width;
    const row = cells.slice(start, start + width).map((value) => (value === NAN ? 0 : value));
    for (const key of strongest(row, perQuery, LEAST)) {
      links.push({ query, key: columns[0] + key, value: row[key] ?? 0 });
    }
  }
  return links;
}

/** Queries with weights that are no numbers. */
export function brokenOf(cells: Uint8Array, { rows, columns }: Block): number[] {
  const width = columns[1] - columns[0];
  const found: number[] = [];
  for (let query = rows[0]; query < rows[1]; query++) {
    const start = (query - rows[0]) * width;
    if (cells.subarray(start, start + width).includes(NAN)) found.push(query);
  }
  return found;
}

/** The lines of what is on screen, one question at a time. */
export class Links {
  #kernel: Kernel;
  #asked = new AbortController();
  #wanted = "";

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Lines of all blocks; undefined where that is on its way already, or was overtaken. */
  async get(matrix: Matrix, needed: Block[], perQuery: number): Promise<Found | undefined> {
    const wanted = JSON.stringify([matrix, needed, perQuery]);
    if (wanted === this.#wanted) return undefined;
    this.stop();
    this.#wanted = wanted;
    const { signal } = this.#asked;
    try {
      const cells: Uint8Array[] = [];
      for (const block of needed) {
        const question = { ...block, level: 0, sample: 0 };
        cells.push((await this.#kernel.tile(matrix, question, signal)).cells);
      }
      if (signal.aborted) return undefined;
      const all = needed.map((block, k) => ({ block, cells: cells[k] ?? new Uint8Array() }));
      return {
        links: all.flatMap(({ block, cells }) => linksOf(cells, block, perQuery)),
        broken: new Set(all.flatMap(({ block, cells }) => brokenOf(cells, block))),
      };
    } catch (error) {
      if (!signal.aborted) this.#wanted = "";
      throw error;
    }
  }

  stop(): void {
    this.#asked.abort();
    this.#asked = new AbortController();
    this.#wanted = "";
  }
}
