import type { Pane } from "../model.ts";

export interface Place {
  layer: number;
  head: number;
}

/** Where the thumbnails are: in rows of layers, or one after the other by rank. */
export interface Arrangement {
  places: (Place | undefined)[];
  columns: number;
  side: number;
  /** px that a thumbnail is high. */
  rise: number;
  /** From one thumbnail to the next. */
  across: number;
  down: number;
  left: number;
  top: number;
  ranked: boolean;
  width: number;
  height: number;
}

export const GAP = 3;
const LARGEST = 72;
/** As small as heads can be told apart. */
const LEAST = 16;
const CAPTION = 13;
/** px for a scroll bar, and without one. */
const BAR = 14;
const EDGE = 3;

/**
 * `aspect`: rows of a matrix by columns; `tallest`: px that are there without scrolling.
 */
export function arrange(
  pane: Pane,
  width: number,
  aspect: number,
  tallest: number,
  ranking?: Place[],
): Arrangement {
  const whole = place(pane, width - EDGE, aspect, ranking);
  return whole.height <= tallest ? whole : place(pane, width - BAR, aspect, ranking);
}

function place(pane: Pane, width: number, aspect: number, ranking?: Place[]): Arrangement {
  const heads = Math.max(1, ...pane.heads);
  const left = ranking ? 2 : 30;
  const top = ranking ? 2 : 16;
  const room = width - left;
  // By rank, captions need room.
  const smallest = ranking ? 32 : LEAST;
  const fitting = Math.floor(room / heads) - GAP;
  const side = Math.max(smallest, Math.min(heads === 1 ? 56 : LARGEST, fitting));
  const across = side + GAP;
  const rise = Math.round(Math.max(Math.min(side, 14), side * Math.min(1, aspect)));
  const down = rise + GAP + (ranking ? CAPTION : 0);
  const columns = ranking ? Math.max(1, Math.floor(room / across)) : heads;
  const places = ranking ?? asBuilt(pane, heads);
  return {
    places,
    columns,
    side,
    rise,
    across,
    down,
    left,
    top,
    ranked: ranking !== undefined,
    width: left + columns * across,
    height: top + Math.ceil(places.length / columns) * down,
  };
}

/** A place that a layer has no head for is empty. */
function asBuilt(pane: Pane, heads: number): (Place | undefined)[] {
  return pane.heads.flatMap((count, layer) =>
    Array.from({ length: heads }, (_, head) => (head < count ? { layer, head } : undefined)),
  );
}

export function boxOf(grid: Arrangement, index: number): { x: number; y: number } {
  const { columns, across, down, left, top } = grid;
  return {
    x: left + (index % columns) * across,
    y: top + Math.floor(index / columns) * down,
  };
}

export function indexAt(grid: Arrangement, x: number, y: number): number | undefined {
  const { columns, across, down, left, top, places } = grid;
  const column = Math.floor((x - left) / across);
  const index = Math.floor((y - top) / down) * columns + column;
  return x >= left && y >= top && column < columns && places[index] ? index : undefined;
}

/** Indices of the places on screen, [from, to). */
export function onScreen(grid: Arrangement, scroll: number, height: number): [number, number] {
  const { columns, down, top, places } = grid;
  const from = Math.max(0, Math.floor((scroll - top) / down)) * columns;
  const to = Math.ceil((scroll + height - top) / down) * columns;
  return [from, Math.min(places.length, Math.max(from, to))];
}

/** Where a key leads from a place; empty places are passed over. */
export function towards(grid: Arrangement, from: number, key: string): number | undefined {
  const { places, columns } = grid;
  const row = Math.floor(from / columns) * columns;
  const steps: Record<string, number> = {
    ArrowLeft: from === row ? 0 : -1,
    ArrowRight: from === row + columns - 1 ? 0 : 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  const step = steps[key];
  if (key === "Home") return places.findIndex(Boolean);
  if (key === "End") return places.length - 1 - [...places].reverse().findIndex(Boolean);
  if (step === undefined) return undefined;
  for (let goal = from + step; step !== 0 && goal >= 0 && goal < places.length; goal += step) {
    const sameRow = Math.floor(goal / columns) * columns === row;
    if (Math.abs(step) === 1 && !sameRow) break;
    if (places[goal]) return goal;
  }
  return from;
}
