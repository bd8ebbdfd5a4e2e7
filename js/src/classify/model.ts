import type { Message } from "../shared/notes.ts";
import type { SharedState } from "../shared/widget.ts";

/** What the kernel tells about a classification as a whole. */
export interface Summary {
  total: number;
  method: string;
  model: string;
  multi_label: boolean;
  notes: Message[];
  /** Texts predicted per label. */
  counts: number[];
  /** Texts without any prediction: they are empty, or there is none. */
  missing: number;
}

export interface Row {
  /** Position in the input, from 0. */
  index: number;
  text: string;
  /** Whether the text goes on. */
  clipped: boolean;
  /** Positions in the labels, the best first. */
  predicted: number[];
  missing: boolean;
  /** Score of the best label, for rows where its column is not shown. */
  score?: number | null;
}

/** A row with the scores of the shown columns; NaN where there are none. */
export interface ScoredRow extends Row {
  scores: Float32Array;
}

export interface RowsPayload {
  start: number;
  total: number;
  rows: Row[];
}

export interface DetailPayload {
  index: number;
  text: string;
  clipped: boolean;
  predicted: number[];
}

/** The traits of the widget. */
export interface ClassifyState extends SharedState {
  labels: string[];
  summary: Summary;
  columns: number[];
  first: RowsPayload & { scores: DataView };
}

export type SortBy = "input" | "text" | "prediction" | "score";

export interface Sort {
  by: SortBy;
  /** The label, where scores are compared. */
  label?: number;
  descending: boolean;
}

export interface Query {
  columns: number[];
  sort: Sort;
  label: number | null;
  text: string;
}

/** The best score of a row, if it is known. */
export function bestScore(row: ScoredRow, columns: number[]): number | undefined {
  const best = row.predicted[0];
  const column = best === undefined ? -1 : columns.indexOf(best);
  return row.scores[column] ?? row.score ?? undefined;
}
