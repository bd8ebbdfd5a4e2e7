/** How an update-to-weight ratio is judged: see "help.update_ratio" in the words. */
export type Judgement = "still" | "slow" | "good" | "fast";

const LEAST = 1e-7;
const SLOW = 1e-5;
const FAST = 1e-2;

export function judge(ratio: number): Judgement {
  if (ratio < LEAST) return "still";
  if (ratio < SLOW) return "slow";
  return ratio <= FAST ? "good" : "fast";
}

/** Lengths of bars for values of very different sizes: the least has a short one, the largest 1. */
export function logLengths(values: (number | null)[]): number[] {
  const logs = values.map((value) => (value && value > 0 ? Math.log10(value) : Number.NaN));
  const known = logs.filter((value) => Number.isFinite(value));
  const most = Math.max(...known);
  const range = Math.max(1, most - Math.min(...known));
  return logs.map((value) =>
    Number.isFinite(value) ? 0.08 + 0.92 * (1 - (most - value) / range) : 0,
  );
}
