import type { Tint } from "../text/block.ts";

/** Scores of all axes as tints: blue speaks for the answer, the other colour against it. */
export function tintsOf(scores: Float32Array[]): (axis: number, unit: number) => Tint {
  let most = 0;
  for (const axis of scores) {
    for (const score of axis) if (Number.isFinite(score)) most = Math.max(most, Math.abs(score));
  }
  return (axis, unit) => {
    const score = scores[axis]?.[unit];
    if (score === undefined || Number.isNaN(score)) return { to: score, by: undefined };
    const share = most > 0 ? Math.min(1, Math.abs(score) / most) : 0;
    return score < 0 ? { to: undefined, by: share } : { to: share, by: undefined };
  };
}

export interface Ranked {
  axis: number;
  unit: number;
  score: number;
}

/** What speaks most for and against, strongest first. */
export function ranked(scores: Float32Array[], count: number) {
  const all: Ranked[] = scores.flatMap((axis, k) =>
    Array.from(axis, (score, unit) => ({ axis: k, unit, score })),
  );
  const known = all.filter(({ score }) => Number.isFinite(score) && score !== 0);
  known.sort((a, b) => b.score - a.score);
  return {
    plus: known.filter(({ score }) => score > 0).slice(0, count),
    minus: known
      .filter(({ score }) => score < 0)
      .slice(-count)
      .reverse(),
  };
}
