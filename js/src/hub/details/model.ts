import type { Message } from "../../shared/notes.ts";
import type { HubRow, Problem } from "../model.ts";

export type Verdict = "fits" | "tight" | "no";

export interface Facts {
  task: string | null;
  languages: string[];
  license: string | null;
  libraries: string[];
  datasets: string[];
  params: number | null;
  /** Parameters by type, in safetensors' names. */
  dtypes: [name: string, n: number][];
  dtype: string | null;
  size: number | null;
  downloads: number | null;
  likes: number | null;
  created: number | null;
  updated: number | null;
  used: number | null;
  revision: string | null;
  architecture: string | null;
  family: string | null;
  context: number | null;
  hidden: number | null;
  layers: number | null;
  heads: number | null;
  vocabulary: number | null;
  folder: string | null;
}

export interface File {
  name: string;
  size: number | null;
  here: boolean;
}

export interface Origin {
  bases: string[];
  relation: string | null;
  children: { relation: string | null; n: number }[];
}

export interface Result {
  task: string | null;
  dataset: string | null;
  metric: string | null;
  value: number | string | null;
  source: string | null;
  verified: boolean;
}

export interface Memory {
  rows: {
    dtype: string | null;
    bytes: number;
    ram: Verdict;
    gpu: Verdict | null;
    /** Whether `tfw.load` would take this type here. */
    as_loaded: boolean;
  }[];
  ram: { total: number | null; free: number | null };
  gpus: { name: string; total: number | null; free: number | null }[];
}

export interface Ability {
  name: string;
  yes: boolean | null;
  key: string;
  values: Record<string, string>;
}

export interface Plan {
  total: number;
  missing: number;
  free: number | null;
  enough: boolean;
  files: number;
  here: number;
  refused: string | null;
}

export type JobStateName = "waiting" | "running" | "cancelled" | "failed" | "done";

export interface JobState {
  state: JobStateName;
  done: number;
  total: number;
  rate: number;
  file: string | null;
  /** Whether another program is fetching that file, and this one waits for it. */
  blocked: boolean;
  problem: string | null;
}

/** What is known of a model; the kernel sends it twice: what is here, and with what the hub adds. */
export interface Details {
  url: string | null;
  source: HubRow["source"];
  cached: boolean;
  renamed: string | null;
  gated: boolean | "auto" | "manual";
  private: boolean;
  disabled: boolean;
  missing: string[];
  notes: Message[];
  facts: Facts;
  files: File[];
  moreFiles: number;
  origin: Origin;
  results: Result[];
  memory: Memory | null;
  abilities: Ability[];
  plan: Plan | null;
  job: JobState | null;
  problem: Problem | null;
  /** Whether the hub was asked, as far as it is to be. */
  complete: boolean;
}

/** What the list knows already: so that something stands there at once. */
export function ofRow(row: HubRow): Details {
  return {
    url: row.url,
    source: row.source,
    cached: row.cached,
    renamed: null,
    gated: row.gated === "manual" ? "manual" : row.gated ? "auto" : false,
    private: row.private,
    disabled: row.disabled,
    missing: [],
    notes: row.notes,
    facts: {
      task: row.task,
      languages: row.languages,
      license: row.license,
      libraries: [],
      datasets: [],
      params: row.params,
      dtypes: [],
      dtype: row.dtype,
      size: row.size,
      downloads: row.downloads,
      likes: row.likes,
      created: null,
      updated: row.updated,
      used: null,
      revision: null,
      architecture: null,
      family: row.family,
      context: null,
      hidden: null,
      layers: null,
      heads: null,
      vocabulary: null,
      folder: null,
    },
    files: [],
    moreFiles: 0,
    origin: { bases: [], relation: null, children: [] },
    results: [],
    memory: null,
    abilities: [],
    plan: null,
    job: null,
    problem: null,
    complete: false,
  };
}
