import type { SharedState } from "../shared/widget.ts";

/** A run as the table shows it. */
export interface RunRow {
  id: string;
  name: string;
  project: string;
  status: string;
  /** Seconds since 1970. */
  started: number | null;
  /** How long it trained. */
  seconds: number | null;
  epochs: number | null;
  steps: number | null;
  /** The value that says which epoch is best, and what it was then. */
  monitor: string | null;
  best: number | null;
  model: string | null;
  note: string;
  /** It can still change in this kernel. */
  live: boolean;
  /** Nothing but this row can be read. */
  newer: boolean;
  /** Why, in a sentence of the kernel. */
  problem?: string | null;
}

export interface RowsPayload {
  start: number;
  total: number;
  rows: RunRow[];
  projects: string[];
  /** What is wrong with the store, in sentences: rows may be missing. */
  problems?: string[];
}

export const SORTS = ["name", "status", "started", "seconds", "epochs", "best"] as const;
export type SortBy = (typeof SORTS)[number];

export interface Query {
  sort: { by: SortBy; descending: boolean };
  text: string;
  status: string | null;
  project: string | null;
}

export interface Setting {
  key: string;
  values: unknown[];
  same: boolean;
}

export interface Best {
  name: string;
  /** Whether less of it is better. */
  lower: boolean;
  values: (number | null)[];
  /** The run that has the best value; none where no run has one. */
  best: number | null;
}

export interface ComparePayload<Head> {
  runs: (RunRow & { curves: Head[] })[];
  settings: Setting[];
  best: Best[];
}

/** The traits of the widget. */
export interface RunsState extends SharedState {
  /** Ids of the runs to compare when the view opens. */
  compare: string[];
}

/** Runs that are compared at once. */
export const LEAST = 2;
export const MOST = 6;
