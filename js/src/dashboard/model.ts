import type { CurveHead } from "../shared/chart/curve.ts";
import type { Message } from "../shared/notes.ts";
import type { SharedState } from "../shared/widget.ts";

/** Traits of the kernel's `DashboardView`. */
export type DashboardState = SharedState;

export type Status =
  | "waiting"
  | "running"
  | "validating"
  | "paused"
  | "finished"
  | "stopped"
  | "interrupted"
  | "failed"
  | "lost";

/** A sentence of the kernel in every language; as plain text it is shown as it is. */
export type Said = Message | string;

export interface Facts {
  groups?: string[];
  epochs?: number;
  monitor?: string | null;
  monitor_lower?: boolean;
  [name: string]: unknown;
}

export interface Info {
  id: string;
  name: string;
  project: string;
  live: boolean;
  /** Seconds since 1970. */
  started: number;
  ended: number | null;
  facts: Facts;
  note: string;
  /** How long it trained. */
  seconds: number;
}

export interface Progress {
  epoch?: number;
  batch?: number;
  epochs?: number;
  batches?: number;
  step?: number;
  steps?: number;
  /** Seconds. */
  left?: number | null;
  samples_per_second?: number | null;
  tokens_per_second?: number | null;
  /** Share of the time that the device waits for data. */
  waiting?: number | null;
  lr_factor?: number;
  frozen?: number[];
  phase?: "train" | "valid";
  stop_after_epoch?: boolean;
  /** Number of the best row of the epoch table. */
  best?: number | null;
  checkpoints?: string[];
}

export interface Row {
  kind: "epoch" | "evaluation" | "partial";
  epoch: number;
  step: number;
  seconds: number;
  values: Record<string, number | null>;
}

export type By = "reader" | "code" | "interrupt" | "guard";

export interface CommandEvent {
  kind: "command";
  step: number;
  /** Seconds since the training began. */
  time: number;
  command: string;
  values: Record<string, unknown>;
  by: By;
  applied: boolean;
  why?: Said | null;
}

export interface AlertEvent {
  kind: "alert";
  step: number;
  time: number;
  alert: string;
  level: "warning" | "error";
  values: Record<string, unknown>;
  action?: string | null;
  /** What happened, and what to try. */
  said?: Said | null;
  advice?: Said | null;
}

export interface MessageEvent {
  kind: "message";
  step: number;
  time: number;
  text: Said;
}

export type LogEvent = CommandEvent | AlertEvent | MessageEvent;

/** What a panel shows; `data` is what its part knows how to draw. */
export interface PanelPayload<Data = unknown> {
  cost: { seconds: number; share: number; calls: number } | null;
  on: boolean;
  available: boolean;
  why: Said | null;
  /** Whether it is on unless somebody says otherwise. */
  default: boolean;
  data: Data | null;
}

export interface Opened {
  info: Info;
  status: Status;
  error: string | null;
  progress: Progress;
  epochs: Row[];
  log: LogEvent[];
  panels: Record<string, PanelPayload>;
  curves: CurveHead[];
}

/** What came since the last one. */
export interface Delta {
  type: "delta";
  status: Status;
  error: string | null;
  progress: Progress;
  epochs: Row[];
  /** Numbers of the first row and of the first event that came. */
  epochs_at: number;
  log: LogEvent[];
  log_at: number;
  panels: Record<string, PanelPayload>;
  curves: CurveHead[];
  seconds: number;
  facts?: Facts | null;
  ended?: number | null;
}

export const ENDED: ReadonlySet<Status> = new Set([
  "finished",
  "stopped",
  "interrupted",
  "failed",
  "lost",
]);
