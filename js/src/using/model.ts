/** A model in memory. */
export interface Taken {
  /** Tells it from the others: a name may be loaded for several tasks. */
  key: string;
  name: string;
  /** Its class. */
  kind: string;
  task: string;
  parameters: number;
  bytes: number;
  dtype: string;
  device: string;
  inUse: boolean;
}

/** Where a model comes from. */
export type Source = "demo" | "folder" | "cache" | "hub" | "pair" | "learner";

/** What the kernel says of its session. */
export interface State {
  inUse: { name: string; facts: string[]; source: Source | null; loaded: boolean } | null;
  /** What is taken for a task where no model is in use. */
  defaults: { task: string; name: string }[];
  models: Taken[];
}

export interface Unloaded extends State {
  /** `held` are those that a variable or a result keeps in memory all the same. */
  released: { count: number; bytes: number; held: string[] };
}
