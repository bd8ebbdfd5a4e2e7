import type { Message } from "../shared/notes.ts";
import type { SharedState } from "../shared/widget.ts";

export type Source = "hub" | "cache" | "folder" | "demo";

/** A model as the list shows it. */
export interface HubRow {
  /** Names the model in requests. */
  key: string;
  id: string;
  source: Source;
  task: string | null;
  languages: string[];
  license: string | null;
  params: number | null;
  dtype: string | null;
  /** Bytes. */
  size: number | null;
  downloads: number | null;
  likes: number | null;
  /** Seconds since 1970. */
  updated: number | null;
  gated: boolean | string | null;
  cached: boolean;
  private: boolean;
  disabled: boolean;
  /** How many files did not come whole. */
  missing: number;
  notes: Message[];
  /** Whether the magics take it where none is named. */
  inUse: boolean;
  family: string | null;
  author: string | null;
  url: string | null;
}

export const SORTS = [
  "downloads",
  "likes",
  "trending",
  "updated",
  "created",
  "params",
  "size",
  "name",
] as const;
export type Sort = (typeof SORTS)[number];

export const PLACES = ["hub", "cache", "folders", "demo"] as const;
export type Place = (typeof PLACES)[number];

/** Fields that are narrowed down by one of the values that models have. */
export const CHOSEN = ["task", "language", "license", "library", "family"] as const;
export type Chosen = (typeof CHOSEN)[number];

export interface Query {
  text: string;
  task: string | null;
  language: string | null;
  license: string | null;
  library: string | null;
  family: string | null;
  author: string | null;
  /** As `params` of `tfw.hub` is written: "50M:200M". */
  params: string | null;
  gated: boolean | null;
  sort: Sort;
  where: Place[];
}

export const EVERYTHING: Query = {
  text: "",
  task: null,
  language: null,
  license: null,
  library: null,
  family: null,
  author: null,
  params: null,
  gated: null,
  sort: "downloads",
  where: [...PLACES],
};

/** Why the hub gave no answer. */
export interface Problem {
  kind: string;
  text: string;
  /** Seconds until it may be asked again. */
  wait: number | null;
}

/** Values and how many of the models that are listed so far have them. */
export type Facets = Partial<Record<string, [value: string, count: number][]>>;

/** Rows `start` to `start + rows.length` of the `known` ones, and whether more may follow. */
export interface RowsPayload {
  start: number;
  rows: HubRow[];
  known: number;
  more: boolean;
  facets: Facets;
  problem: Problem | null;
  /** What is wrong with the places that were looked through, in sentences. */
  notes: Message[];
  /** How many of the known ones were found where. */
  counts: Partial<Record<Source, number>>;
}

/** What can be chosen from, seen or not. */
export type Choices = Record<Chosen, string[]>;

/** The traits of the widget. */
export interface HubState extends SharedState {
  /** What is looked for when the view opens. */
  query: Partial<Query>;
}
