import type { Range } from "../session.ts";

export const ROW = 18;
/** Above the rows: what the columns are. */
export const HEAD = 22;
/** Where one drags through a long text. */
export const STRIP = 12;
const TALLEST = 27 * ROW;
const WIDEST = 720;
/** For a value beside a token. */
export const VALUE = 40;

/** Where everything lies, in px. Both columns run together, however long each is. */
export interface Geometry {
  width: number;
  height: number;
  /** Of the rows, without the head. */
  body: number;
  /** The lines run from `left` to `right`. */
  left: number;
  right: number;
  range: Range;
  /** How far one can scroll the longer column. */
  most: number;
  scroll: number;
}

export type Side = "query" | "key";

export function geometry(available: number, range: Range, scroll: number): Geometry {
  const longest = Math.max(length(range.rows), length(range.columns), 1);
  const body = Math.min(longest * ROW, TALLEST);
  const most = Math.max(0, longest * ROW - body);
  const width = Math.max(120, Math.min(available, WIDEST));
  const inner = width - (most > 0 ? STRIP : 0);
  const column = Math.min(220, Math.max(76, Math.round(0.34 * inner)));
  return {
    width,
    height: HEAD + body,
    body,
    left: column,
    right: inner - column,
    range,
    most,
    scroll: Math.max(0, Math.min(scroll, most)),
  };
}

const side = (range: Range, which: Side) => (which === "query" ? range.rows : range.columns);
const length = ([from, to]: [number, number]) => to - from;

/** How far a column is scrolled: all of them reach their end together. */
function top(at: Geometry, which: Side): number {
  const own = Math.max(0, length(side(at.range, which)) * ROW - at.body);
  return at.most > 0 ? (at.scroll / at.most) * own : 0;
}

/** The middle of a unit's row; beyond the edges for what is not on screen. */
export function rowOf(at: Geometry, which: Side, unit: number): number {
  return HEAD + (unit - side(at.range, which)[0] + 0.5) * ROW - top(at, which);
}

/** Units on screen, [from, to), also those that are cut. */
export function visibleUnits(at: Geometry, which: Side): [from: number, to: number] {
  const [from, to] = side(at.range, which);
  const start = top(at, which);
  return [from + Math.floor(start / ROW), Math.min(to, from + Math.ceil((start + at.body) / ROW))];
}

export function hit(at: Geometry, x: number, y: number): { side: Side; unit: number } | undefined {
  const which: Side | undefined =
    x < at.left + 12 ? "query" : x > at.right - 12 && x < onStrip(at) ? "key" : undefined;
  if (!which || y < HEAD || y > at.height) return undefined;
  const [from, to] = side(at.range, which);
  const unit = from + Math.floor((y - HEAD + top(at, which)) / ROW);
  return unit < to ? { side: which, unit } : undefined;
}

/** Where the strip begins; beyond the canvas if there is none. */
export function onStrip(at: Geometry): number {
  return at.most > 0 ? at.width - STRIP : at.width + 1;
}

/** The part of the strip that stands for what is on screen. */
export function thumb(at: Geometry): [top: number, height: number] {
  const all = at.most + at.body;
  const height = Math.max(16, (at.body / all) * at.body);
  return [HEAD + (at.scroll / Math.max(1, at.most)) * (at.body - height), height];
}

/** The scrolling that puts the middle of the thumb where the strip is pressed. */
export function dragged(at: Geometry, y: number): number {
  const [, height] = thumb(at);
  return ((y - HEAD - height / 2) / Math.max(1, at.body - height)) * at.most;
}

/** The scrolling that has a unit on screen: the nearest one. */
export function revealed(at: Geometry, which: Side, unit: number): number {
  const [from, to] = side(at.range, which);
  const own = (to - from) * ROW - at.body;
  if (own <= 0 || unit < from || unit >= to) return at.scroll;
  const start = top(at, which);
  const place = (unit - from) * ROW;
  const goal =
    place < start ? place : place + ROW > start + at.body ? place + ROW - at.body : start;
  return goal === start ? at.scroll : (goal / own) * at.most;
}
