/** Keys that are shown at once. */
export const MOST_KEYS = 64;

interface Place {
  /** Of the keys that have a part in it. */
  count: number;
  query: number;
  key: number | null;
  /** Queries and keys are the same text. */
  same: boolean;
}

/** Which keys stand beside a query: those around the key at hand, else around the query itself. */
export function keyWindow({ count, query, key, same }: Place): [from: number, to: number] {
  const size = Math.min(MOST_KEYS, count);
  const middle = key ?? (same ? query : 0);
  const start = Math.max(0, Math.min(middle - (size >> 1), count - size));
  return [start, start + size];
}

/** The next keys, or those before; the same ones where there are no others. */
export function turned(
  [from, to]: [from: number, to: number],
  step: 1 | -1,
  count: number,
): [from: number, to: number] {
  const size = to - from;
  const start = Math.max(0, Math.min(from + step * size, count - size));
  return [start, start + size];
}
