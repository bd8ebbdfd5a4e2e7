import { NAN } from "../model.ts";

/** All heads of a layer: a byte a cell. */
export interface Layer {
  height: number;
  width: number;
  cells: Uint8Array;
  /** Share of each query's weight that is in none of them, head by head. */
  hidden?: Float32Array;
}

type Span = [from: number, to: number];

const SQUARES = Float32Array.from({ length: 255 }, (_, value) => (value / 254) ** 2);

/** A row of one head, or of the mean of several; the same array may come again. */
export function rowReader({ height, width, cells }: Layer, heads: number[]) {
  const row = (head: number, query: number) => {
    const start = (head * height + query) * width;
    return cells.subarray(start, start + width);
  };
  const [first = 0] = heads;
  if (heads.length < 2) return (query: number) => row(first, query);
  const sums = new Float32Array(width);
  const mean = new Uint8Array(width);
  return (query: number): Uint8Array => {
    sums.fill(0);
    for (const head of heads) {
      const values = row(head, query);
      for (let key = 0; key < width; key++) {
        // Behind the table there is nothing: what is no number makes the sum none.
        sums[key] = (sums[key] ?? 0) + (SQUARES[values[key] ?? NAN] ?? Number.NaN);
      }
    }
    for (let key = 0; key < width; key++) {
      const weight = (sums[key] ?? 0) / heads.length;
      mean[key] = Number.isNaN(weight) ? NAN : Math.round(254 * Math.sqrt(weight));
    }
    return mean;
  };
}

/** Largest weights: cell (r, c) stands for 2^level x 2^level units. Rows and columns in cells. */
export function pool(
  layer: Layer,
  heads: number[],
  level: number,
  rows: Span,
  columns: Span,
  into = new Uint8Array((rows[1] - rows[0]) * (columns[1] - columns[0])),
): Uint8Array {
  const read = rowReader(layer, heads);
  const across = columns[1] - columns[0];
  const first = columns[0] << level;
  const last = Math.min(layer.width, columns[1] << level);
  const end = Math.min(layer.height, rows[1] << level);
  for (let query = rows[0] << level; query < end; query++) {
    const values = read(query);
    const start = ((query >> level) - rows[0]) * across;
    if (level === 0) {
      into.set(values.subarray(first, last), start);
      continue;
    }
    for (let key = first; key < last; key++) {
      const place = start + (key >> level) - columns[0];
      const value = values[key] ?? 0;
      if (value > (into[place] ?? 0)) into[place] = value;
    }
  }
  return into;
}

/** The level at which the longer side has at most `size` cells. */
export function levelFor({ height, width }: Layer, size: number): number {
  let level = 0;
  while (Math.ceil(Math.max(height, width) / 2 ** level) > size) level++;
  return level;
}

/** Weights of one query, or of one key. */
export function weightsOf(
  layer: Layer,
  heads: number[],
  cell: { query: number } | { key: number },
) {
  const read = rowReader(layer, heads);
  if ("query" in cell) return Float32Array.from(read(cell.query), weight);
  const values = new Float32Array(layer.height);
  for (let query = 0; query < layer.height; query++) {
    values[query] = weight(read(query)[cell.key] ?? 0);
  }
  return values;
}

const weight = (value: number) => SQUARES[value] ?? Number.NaN;

/** Half-precision bits of a weight, 0 to 1. */
export function half(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  if (value < 2 ** -14) return Math.round(value * 2 ** 24);
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) + Math.round((value / 2 ** exponent - 1) * 1024);
}
