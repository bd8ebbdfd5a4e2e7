import type { Curve } from "./types.ts";

/** A curve as the kernel sends it: its numbers lie in the buffer of the same number. */
export interface CurveHead {
  name: string;
  first: number;
  width: number;
  count: number;
  /** Whether the steps are `x0`, `x0 + width`, ... */
  dense: boolean;
  x0: number;
}

/** Reads a curve: steps (float64) unless they are evenly spaced, means, then least and greatest. */
export function decode({ first, width, count, dense, x0 }: CurveHead, buffer: DataView): Curve {
  const floats = (width > 1 ? 3 : 1) * count;
  const head = dense ? 0 : 8 * count;
  if (buffer.byteLength !== head + 4 * floats) {
    throw new RangeError(`A curve of ${count} bins came with ${buffer.byteLength} bytes.`);
  }
  // A copy: what comes over a websocket may begin anywhere, an array of numbers may not.
  const bytes = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
  const x = dense
    ? Float64Array.from({ length: count }, (_, k) => x0 + k * width)
    : new Float64Array(bytes, 0, count);
  const mean = new Float32Array(bytes, head, count);
  if (width === 1) return { first, width, x, mean, low: mean, high: mean };
  const low = new Float32Array(bytes, head + 4 * count, count);
  const high = new Float32Array(bytes, head + 8 * count, count);
  return { first, width, x, mean, low, high };
}

/** What is known with the news in place of its end; undefined where something in between is missing. */
export function merge(known: Curve | undefined, news: Curve): Curve | undefined {
  if (news.first === 0) return news.width === known?.width ? joined(known, news) : news;
  if (!known || known.width !== news.width || news.first > known.x.length) return undefined;
  return joined(known, news);
}

function joined(known: Curve, news: Curve): Curve {
  const { first, width } = news;
  if (first === 0) return news;
  const mean = join(known.mean, news.mean, first);
  return {
    first: 0,
    width,
    x: join(known.x, news.x, first),
    mean,
    low: width === 1 ? mean : join(known.low, news.low, first),
    high: width === 1 ? mean : join(known.high, news.high, first),
  };
}

function join<Numbers extends Float32Array | Float64Array>(
  known: Numbers,
  news: Numbers,
  at: number,
): Numbers {
  const whole = new (known.constructor as new (length: number) => Numbers)(at + news.length);
  whole.set(known.subarray(0, at));
  whole.set(news, at);
  return whole;
}

/** The number of the first step that is not before `step`. */
export function indexOf(x: Float64Array, step: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bin whose value counts at a step: the last that begins there or before. */
export function binAt({ x }: Curve, step: number): number {
  return Math.max(0, indexOf(x, step + 1e-9) - 1);
}

/** The bin that begins nearest to a step. */
export function nearest({ x }: Curve, step: number): number {
  const after = Math.min(indexOf(x, step), x.length - 1);
  const before = Math.max(0, after - 1);
  const nearer = step - (x[before] as number) <= (x[after] as number) - step;
  return nearer ? before : after;
}
