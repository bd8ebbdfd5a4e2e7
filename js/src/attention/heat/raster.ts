import type { Range } from "../session.ts";
import type { View } from "./geometry.ts";
import type { Part } from "./plan.ts";

/** A picture of a part of a matrix; the first `filled` rows of it are there. */
export interface Piece extends Part {
  cells: Uint8Array;
  exact: boolean;
  filled: number;
}

export interface Canvas {
  words: Uint32Array;
  width: number;
  height: number;
}

/**
 * Draws a piece. A pixel within a cell has its colour, a pixel with several cells that of the
 * largest: scaling by the browser would average a thin line away.
 */
export function raster(
  { words, width, height }: Canvas,
  view: View,
  bounds: Range,
  piece: Piece,
  colours: Uint32Array,
): void {
  const step = 2 ** piece.level;
  const across = piece.columns[1] - piece.columns[0];
  const columns = spans(width, view.x, view.sx, step, piece.columns, bounds.columns);
  const filled: [number, number] = [piece.rows[0], piece.rows[0] + piece.filled];
  const rows = spans(height, view.y, view.sy, step, filled, bounds.rows);
  const largest = new Uint8Array(across);
  let before = -1;
  for (let y = 0; y < height; y++) {
    const from = rows[2 * y] as number;
    const to = rows[2 * y + 1] as number;
    if (from < 0) continue;
    const at = y * width;
    // Rows of a large cell are alike.
    if (to - from === 1 && y > 0 && before === from && rows[2 * y - 1] === to) {
      copyDrawn(words, at, width, columns);
      continue;
    }
    before = from;
    const first = from * across;
    let line = piece.cells.subarray(first, first + across);
    if (to - from > 1) {
      largest.set(line);
      for (let row = from + 1; row < to; row++) {
        for (let c = 0; c < across; c++) {
          const value = piece.cells[row * across + c] as number;
          if (value > (largest[c] as number)) largest[c] = value;
        }
      }
      line = largest;
    }
    for (let x = 0; x < width; x++) {
      const start = columns[2 * x] as number;
      if (start < 0) continue;
      const end = columns[2 * x + 1] as number;
      let value = line[start] as number;
      for (let c = start + 1; c < end; c++) {
        if ((line[c] as number) > value) value = line[c] as number;
      }
      words[at + x] = colours[value] as number;
    }
  }
}

function copyDrawn(words: Uint32Array, at: number, width: number, columns: Int32Array): void {
  for (let x = 0; x < width; x++) {
    if ((columns[2 * x] as number) >= 0) words[at + x] = words[at + x - width] as number;
  }
}

/** For each pixel the cells [from, to) of a piece, counted from its first; -1: none of them. */
function spans(
  pixels: number,
  origin: number,
  scale: number,
  step: number,
  [low, high]: [number, number],
  [least, most]: [number, number],
): Int32Array {
  const found = new Int32Array(2 * pixels).fill(-1);
  for (let p = 0; p < pixels; p++) {
    const middle = origin + (p + 0.5) / scale;
    if (middle < least || middle >= most) continue;
    let from = Math.floor(middle / step);
    let to = from + 1;
    if (scale * step < 1) {
      from = Math.floor((origin + p / scale) / step);
      to = Math.max(from + 1, Math.floor((origin + (p + 1) / scale) / step));
    }
    from = Math.max(low, from);
    to = Math.min(high, to);
    if (from >= to) continue;
    found[2 * p] = from - low;
    found[2 * p + 1] = to - low;
  }
  return found;
}

/** Hatches what comes after the query: nothing can be there, which is another thing than 0. */
export function hatch(
  { words, width, height }: Canvas,
  view: View,
  { rows, columns }: Range,
  tint: number,
  stroke: number,
): void {
  const right = Math.min(width, Math.round((columns[1] - view.x) * view.sx));
  const bottom = Math.min(height, Math.round((rows[1] - view.y) * view.sy));
  for (let y = 0; y < bottom; y++) {
    const query = Math.floor(view.y + (y + 0.5) / view.sy);
    const from = Math.max(0, Math.round((query + 1 - view.x) * view.sx));
    for (let x = from; x < right; x++) words[y * width + x] = (x + y) % 7 === 0 ? stroke : tint;
  }
}
