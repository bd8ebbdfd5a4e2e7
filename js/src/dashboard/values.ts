import type { Row } from "./model.ts";
import type { Session } from "./session.ts";

const LOSSES = new Set(["train_loss", "valid_loss"]);

/** Names of the values of the epoch table, in the order in which they came up. */
export function columns(rows: Row[]): string[] {
  return [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
}

/** Names of what was measured besides the losses. */
export function metrics(rows: Row[]): string[] {
  return columns(rows).filter((name) => !LOSSES.has(name));
}

/** The best row and the newest, and by which value that is told. */
export function monitored({ info, epochs, progress }: Session): {
  monitor: string | undefined;
  best: Row | undefined;
  last: Row | undefined;
} {
  const monitor = info?.facts.monitor ?? undefined;
  const { best } = progress;
  return {
    monitor,
    best: best === null || best === undefined ? undefined : epochs[best],
    last: epochs.at(-1),
  };
}

/**
 * Metrics that may share an axis: those whose values lie between 0 and 1. Each of the others
 * gets an axis of its own.
 */
export function together(rows: Row[]): string[][] {
  const shares: string[] = [];
  const alone: string[][] = [];
  for (const name of metrics(rows)) {
    const values = rows.map((row) => row.values[name]).filter((value) => value !== undefined);
    const share = values.every((value) => value === null || (value >= 0 && value <= 1));
    if (share && shares.length < 6) shares.push(name);
    else alone.push([name]);
  }
  return shares.length > 0 ? [shares, ...alone] : alone;
}
