import type { TileRequest } from "../kernel.ts";
import type { Range } from "../session.ts";

/** Cells of a picture at most. */
const CELLS = 512 * 512;
/** Above that, a picture is first asked for roughly. */
export const HEAVY = 2 ** 24;
/** What one request of an exact picture may take, so that the kernel stays responsive. */
export const STRIPE = 2 ** 23;
/** What may be asked for beyond what is on screen. */
const AHEAD = 2 ** 22;

export type Part = Omit<TileRequest, "sample">;

/** The finest picture of a range that has few enough cells; more than that where it is cheap. */
export function plan(range: Range, [rows, columns]: [number, number], heads: number): Part {
  let level = 0;
  while (cells(cut(range, level)) > CELLS) level++;
  const all: Range = { rows: [0, rows], columns: [0, columns] };
  const whole = cut(all, level);
  if (cells(whole) <= CELLS && rows * columns * heads <= AHEAD) return whole;
  const more = {
    rows: grown(range.rows, rows),
    columns: grown(range.columns, columns),
  };
  const part = cut(more, level);
  const cheap = cells(part) <= CELLS && work(part, columns, heads) <= AHEAD;
  return cheap ? part : cut(range, level);
}

/** Half as much again on each side. */
function grown([from, to]: [number, number], count: number): [number, number] {
  const more = Math.ceil((to - from) / 2);
  return [Math.max(0, from - more), Math.min(count, to + more)];
}

function cut({ rows, columns }: Range, level: number): Part {
  const step = 2 ** level;
  const cover = ([from, to]: [number, number]): [number, number] => [
    Math.floor(from / step),
    Math.ceil(to / step),
  ];
  return { level, rows: cover(rows), columns: cover(columns) };
}

function cells({ rows, columns }: Part): number {
  return (rows[1] - rows[0]) * (columns[1] - columns[0]);
}

/** Weights that the kernel computes: rows are whole, whatever is seen of them. */
export function work({ rows, level }: Part, keys: number, heads: number): number {
  return (rows[1] - rows[0]) * 2 ** level * keys * heads;
}

/** Rows of cells, [from, to), of the requests that a heavy picture is refined by. */
export function stripes(part: Part, keys: number, heads: number): [number, number][] {
  const rows = Math.max(1, Math.floor(STRIPE / (2 ** part.level * keys * heads)));
  const found: [number, number][] = [];
  for (let from = part.rows[0]; from < part.rows[1]; from += rows) {
    found.push([from, Math.min(part.rows[1], from + rows)]);
  }
  return found;
}

/** Whether a picture has all that a plan wants, at least as fine. */
export function covers(have: Part, want: Part, range: Range): boolean {
  if (have.level > want.level) return false;
  const step = 2 ** have.level;
  return (
    have.rows[0] * step <= range.rows[0] &&
    have.rows[1] * step >= range.rows[1] &&
    have.columns[0] * step <= range.columns[0] &&
    have.columns[1] * step >= range.columns[1]
  );
}
