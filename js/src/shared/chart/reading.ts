import { binAt, nearest } from "./curve.ts";
import type { Curve, Marker, Series } from "./types.ts";

/** A series at a step. */
export interface Value {
  series: Series;
  /** Its own step: a single point may lie beside the crosshair. */
  at: number;
  mean: number;
  /** Of a bin of several values. */
  low?: number;
  high?: number;
}

export interface Reading {
  step: number;
  values: Value[];
}

/** A series that a reader has not switched off, with its values. */
export interface Drawn {
  series: Series;
  curve: Curve;
}

/** The values at the step of the nearest bin; single points count where they are the nearest. */
export function readingAt(drawn: Drawn[], cursor: number, reach: number): Reading | undefined {
  let step: number | undefined;
  for (const { curve } of drawn) {
    if (curve.x.length === 0) continue;
    const at = curve.x[nearest(curve, cursor)] as number;
    if (step === undefined || Math.abs(at - cursor) < Math.abs(step - cursor)) step = at;
  }
  if (step === undefined) return undefined;
  const values: Value[] = [];
  for (const { series, curve } of drawn) {
    if (curve.x.length === 0) continue;
    const points = series.style === "points";
    const k = points ? nearest(curve, step) : binAt(curve, step);
    if (points && Math.abs((curve.x[k] as number) - step) > reach) continue;
    const mean = curve.mean[k] as number;
    const low = curve.low[k] as number;
    const high = curve.high[k] as number;
    const at = points ? (curve.x[k] as number) : step;
    values.push(low < high ? { series, at, mean, low, high } : { series, at, mean });
  }
  return { step, values };
}

/** The step of the next bin of what has most of them: where the arrow keys go. */
export function neighbour(drawn: Drawn[], cursor: number, by: number): number | undefined {
  const finest = drawn.reduce<Drawn | undefined>(
    (found, next) => (found && found.curve.x.length >= next.curve.x.length ? found : next),
    undefined,
  );
  if (!finest || finest.curve.x.length === 0) return undefined;
  const { x } = finest.curve;
  const k = nearest(finest.curve, cursor) + by;
  return x[Math.min(x.length - 1, Math.max(0, k))];
}

/** What happened near a step. */
export function markersAt(markers: Marker[], cursor: number, reach: number): Marker[] {
  return markers.filter(({ step }) => Math.abs(step - cursor) <= reach);
}
