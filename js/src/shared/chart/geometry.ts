import { indexOf } from "./curve.ts";
import { type Extent, shown } from "./ticks.ts";
import type { Curve, SeriesStyle } from "./types.ts";
import type { Range } from "./zoom.ts";

/** Where the drawing is inside of the canvas, in CSS pixels. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** From steps and values to pixels, and back. */
export interface Frame {
  box: Box;
  x: Range;
  y: [low: number, high: number];
  log: boolean;
  toX(step: number): number;
  toY(value: number): number;
  toStep(x: number): number;
}

/** How far a background may stretch the scale beyond what is drawn strongly. */
const STRETCH = 2;

export function frameOf(box: Box, x: Range, y: [number, number], log: boolean): Frame {
  const across = (box.right - box.left) / (x[1] - x[0] || 1);
  const scale = log ? Math.log : (value: number) => value;
  const low = scale(y[0]);
  const down = (box.bottom - box.top) / (scale(y[1]) - low || 1);
  return {
    box,
    x,
    y,
    log,
    toX: (step) => box.left + (step - x[0]) * across,
    // What is not above 0 has no place on a log scale: a gap.
    toY: (value) => (log && value <= 0 ? Number.NaN : box.bottom - (scale(value) - low) * down),
    toStep: (at) => x[0] + (at - box.left) / across,
  };
}

/** The bins on screen with a neighbour on either side, [from, to). */
export function binsIn({ x }: Curve, [first, last]: Range): [number, number] {
  const from = Math.max(0, indexOf(x, first) - 1);
  return [from, Math.min(x.length, indexOf(x, last) + 1)];
}

/** Least and greatest of numbers; only of those above 0 on a log scale. */
export function extent(
  lows: Float32Array,
  highs: Float32Array,
  [from, to]: [number, number],
  log: boolean,
): Extent {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let k = from; k < to; k++) {
    const least = lows[k] as number;
    const greatest = highs[k] as number;
    // What is no number is neither less nor greater.
    if (least < low && (!log || least > 0) && least > Number.NEGATIVE_INFINITY) low = least;
    if (log && least <= 0 && greatest > 0 && greatest < low) low = greatest;
    if (greatest > high && greatest < Number.POSITIVE_INFINITY && (!log || greatest > 0)) {
      high = greatest;
    }
  }
  return low <= high ? [low, high] : undefined;
}

/**
 * The values that an axis shows. A background of single values may not press flat what is drawn
 * strongly: what lies far out leaves the drawing, and is marked where it does.
 */
export function valuesOf(
  drawn: { curve: Curve; style: SeriesStyle }[],
  range: Range,
  log: boolean,
): [number, number] {
  let strong: Extent;
  let faint: Extent;
  for (const { curve, style } of drawn) {
    const bins = binsIn(curve, range);
    if (style === "faint") faint = both(faint, extent(curve.low, curve.high, bins, log));
    else strong = both(strong, extent(curve.mean, curve.mean, bins, log));
  }
  if (strong && faint && !log) {
    // The middle of the background's own values is never cut.
    const span = Math.max(strong[1] - strong[0], Math.abs(strong[1]) * 0.25);
    const low = Math.max(faint[0], strong[0] - STRETCH * span);
    const high = Math.min(faint[1], strong[1] + STRETCH * span);
    return shown([Math.min(strong[0], low), Math.max(strong[1], high)], log);
  }
  return shown(both(strong, faint), log);
}

function both(one: Extent, other: Extent): Extent {
  if (!one || !other) return one ?? other;
  return [Math.min(one[0], other[0]), Math.max(one[1], other[1])];
}
