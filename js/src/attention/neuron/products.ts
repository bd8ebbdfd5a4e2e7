/** Of one pair: what each dimension adds to q·k. */
export function products(q: Float32Array, k: Float32Array, key: number): Float32Array {
  const size = q.length;
  return q.map((value, dimension) => value * (k[key * size + dimension] ?? 0));
}

/** Dimensions that add most to a sum, and those that take most away. */
export function extremes(values: Float32Array, count: number) {
  const order = [...values.keys()].filter((k) => Number.isFinite(values[k]));
  order.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  return {
    most: order.slice(0, count).filter((k) => (values[k] ?? 0) > 0),
    least: order
      .slice(-count)
      .reverse()
      .filter((k) => (values[k] ?? 0) < 0),
  };
}

/** The largest distance from 0: the end of a scale of colours. */
export function reach(values: Float32Array): number {
  let most = 0;
  for (const value of values) {
    if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  }
  return most;
}
