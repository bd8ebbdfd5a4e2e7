import type { Cell, Range } from "../session.ts";

/** What a plot shows: the units at its corner, and px per unit. */
export interface View {
  x: number;
  y: number;
  sx: number;
  sy: number;
}

export interface Size {
  width: number;
  height: number;
}

/** px of a unit at most. */
export const LARGEST = 56;
/** Units are squares unless one side has that many times more of them. */
const SQUARE = 2.5;

/** Shows all of a range, with squares if its sides are alike. */
export function fitted({ rows, columns }: Range, { width, height }: Size): View {
  const sx = Math.min(LARGEST, width / Math.max(1, columns[1] - columns[0]));
  const sy = Math.min(LARGEST, height / Math.max(1, rows[1] - rows[0]));
  const side = Math.min(sx, sy);
  const square = Math.max(sx, sy) <= SQUARE * side;
  return { x: columns[0], y: rows[0], sx: square ? side : sx, sy: square ? side : sy };
}

/** No further out than all, no further in than readable, and no empty edge. */
export function clamp(view: View, bounds: Range, size: Size): View {
  const out = fitted(bounds, size);
  const sx = Math.max(out.sx, Math.min(LARGEST, view.sx));
  const sy = Math.max(out.sy, Math.min(LARGEST, view.sy));
  const { rows, columns } = bounds;
  const right = columns[1] - size.width / sx;
  const bottom = rows[1] - size.height / sy;
  return {
    x: Math.max(columns[0], Math.min(right, view.x)),
    y: Math.max(rows[0], Math.min(bottom, view.y)),
    sx,
    sy,
  };
}

/** The unit at a point of the plot stays where it is. */
export function zoom(
  view: View,
  factor: number,
  at: { x: number; y: number },
  bounds: Range,
  size: Size,
): View {
  const wanted = { ...view, sx: view.sx * factor, sy: view.sy * factor };
  const { sx, sy } = clamp(wanted, bounds, size);
  const x = view.x + at.x / view.sx - at.x / sx;
  const y = view.y + at.y / view.sy - at.y / sy;
  return clamp({ x, y, sx, sy }, bounds, size);
}

/** The units that are on screen, also in part. */
export function rangeOf(view: View, bounds: Range, { width, height }: Size): Range {
  return {
    rows: span(view.y, height / view.sy, bounds.rows),
    columns: span(view.x, width / view.sx, bounds.columns),
  };
}

function span(from: number, length: number, [low, high]: [number, number]): [number, number] {
  // What is no more than a rounding error is not on screen.
  const first = Math.max(low, Math.floor(from + 1e-6));
  return [first, Math.max(first, Math.min(high, Math.ceil(from + length - 1e-6)))];
}

/** The cell at a point of the plot, if there is one. */
export function cellAt(view: View, bounds: Range, x: number, y: number): Cell | undefined {
  const key = Math.floor(view.x + x / view.sx);
  const query = Math.floor(view.y + y / view.sy);
  const { rows, columns } = bounds;
  const inside = key >= columns[0] && key < columns[1] && query >= rows[0] && query < rows[1];
  return inside && x >= 0 && y >= 0 ? { query, key } : undefined;
}

/** Moves the view as little as possible so that a cell is on screen. */
export function reveal(view: View, { query, key }: Cell, bounds: Range, size: Size): View {
  const moved = { ...view };
  if (key !== null) moved.x = near(view.x, key, size.width / view.sx);
  if (query !== null) moved.y = near(view.y, query, size.height / view.sy);
  return clamp(moved, bounds, size);
}

function near(from: number, unit: number, length: number): number {
  if (unit < from) return unit;
  return unit + 1 > from + length ? unit + 1 - length : from;
}

export function sameRange(a: Range, b: Range): boolean {
  return String([a.rows, a.columns]) === String([b.rows, b.columns]);
}
