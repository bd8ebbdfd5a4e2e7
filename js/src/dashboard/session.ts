import { type CurveHead, decode, merge } from "../shared/chart/curve.ts";
import type { Curve } from "../shared/chart/types.ts";
import { Zoom } from "../shared/chart/zoom.ts";
import { type Channel, isAbort } from "../shared/protocol.ts";
import { Asked, commandKey } from "./asked.ts";
import { Detail } from "./detail.ts";
import {
  type Delta,
  ENDED,
  type Info,
  type LogEvent,
  type Opened,
  type PanelPayload,
  type Progress,
  type Row,
  type Status,
} from "./model.ts";

/** "opened": everything may be new. "asked": what became of commands. "failure": of `open`. */
export const CHANGES = [
  "opened",
  "state",
  "curves",
  "epochs",
  "log",
  "panels",
  "asked",
  "detail",
  "failure",
] as const;
export type Change = (typeof CHANGES)[number];

/**
 * One training as the page knows it: opened once, then kept up to date by what the kernel pushes.
 * It survives a change of language. Where something is missing in between, it is opened again.
 */
export class Session {
  info: Info | undefined;
  status: Status = "waiting";
  error: string | null = null;
  progress: Progress = {};
  epochs: Row[] = [];
  log: LogEvent[] = [];
  panels: Record<string, PanelPayload> = {};
  readonly curves = new Map<string, Curve>();
  /** What part of the steps all charts show. */
  readonly zoom = new Zoom();
  readonly asked = new Asked();
  /** Why it could not be opened. */
  failure: unknown;

  readonly #channel: Channel;
  readonly #detail: Detail;
  readonly #forget: () => void;
  #listeners = new Map<Change, Set<() => void>>();
  #opening = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#detail = new Detail(channel, this.zoom, this.curves, () => this.#tell("detail"));
    this.#forget = channel.subscribe<Delta>("delta", (delta, buffers) =>
      this.#take(delta, buffers),
    );
  }

  /** Hears of a change until the returned function is called. */
  on(change: Change, listener: () => void): () => void {
    const listeners = this.#listeners.get(change) ?? new Set();
    this.#listeners.set(change, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  get ended(): boolean {
    return ENDED.has(this.status);
  }

  /** Whether it can be told what to do. */
  get steerable(): boolean {
    return this.info?.live === true && !this.ended;
  }

  /** The last value of a curve. */
  last(name: string): number | undefined {
    return this.curves.get(name)?.mean.at(-1);
  }

  /** A curve as it is now, finer than the whole where a reader looks at a part of it. */
  curve(name: string): Curve | undefined {
    return this.#detail.curve(name);
  }

  async open(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    this.failure = undefined;
    try {
      const { payload, buffers } = await this.#channel.request<Opened>("open");
      // What the kernel pushed before it answered is in the answer.
      const { info, status, error, progress, epochs, log, panels, curves } = payload;
      const heard = this.info?.id === info.id ? this.log.length : log.length;
      Object.assign(this, { info, status, error, progress, epochs, log, panels });
      this.curves.clear();
      this.#merge(curves, buffers);
      this.#hear(log.slice(heard));
      this.#opening = false;
      this.#extend();
      this.#tell("opened");
    } catch (error) {
      this.#opening = false;
      if (isAbort(error)) return;
      this.failure = error;
      this.#tell("failure");
    }
  }

  /** Asks the training for something; that it came about is told by its log. */
  command(command: string, values: Record<string, unknown> = {}): void {
    this.asked.ask(command, values);
    this.#tell("asked");
    this.#channel.request("command", { command, values }).catch((error) => {
      if (isAbort(error)) return;
      this.asked.refuse(commandKey(command, values), String(error?.message ?? error));
      this.#tell("asked");
    });
  }

  /** The reader has read why something was refused. */
  forgive(key: string): void {
    this.asked.forget(key);
    this.#tell("asked");
  }

  async note(text: string): Promise<void> {
    await this.#channel.request("note", { text });
    if (this.info) this.info.note = text;
  }

  /** Fetches the run as a file. */
  async export(kind: "csv" | "html" | "png"): Promise<{ name: string; data: Blob }> {
    const { payload, buffers } = await this.#channel.request<{ name: string; mime: string }>(
      "export",
      { kind },
    );
    const bytes = buffers.map((b) => new Uint8Array(b.buffer, b.byteOffset, b.byteLength).slice());
    return { name: payload.name, data: new Blob(bytes, { type: payload.mime }) };
  }

  dispose(): void {
    this.#forget();
    this.#detail.dispose();
    this.#listeners.clear();
  }

  #take(delta: Delta, buffers: DataView[]): void {
    if (this.#opening || !this.info) return;
    const whole =
      delta.epochs_at <= this.epochs.length &&
      delta.log_at <= this.log.length &&
      this.#merge(delta.curves, buffers);
    if (!whole) {
      void this.open();
      return;
    }
    const { status, error, progress, facts, seconds, ended } = delta;
    Object.assign(this, { status, error, progress });
    this.info.seconds = seconds;
    if (ended !== undefined) this.info.ended = ended;
    if (facts) this.info.facts = facts;
    this.#hear(delta.log.slice(this.log.length - delta.log_at));
    this.epochs.splice(delta.epochs_at, delta.epochs.length, ...delta.epochs);
    this.log.splice(delta.log_at, delta.log.length, ...delta.log);
    Object.assign(this.panels, delta.panels);
    this.#extend();
    this.#tell("state");
    if (delta.curves.length > 0) this.#tell("curves");
    if (delta.epochs.length > 0) this.#tell("epochs");
    if (delta.log.length > 0) this.#tell("log");
    if (delta.log.length > 0 || this.ended) this.#tell("asked");
    if (Object.keys(delta.panels).length > 0) this.#tell("panels");
  }

  /** What became of what was asked for. */
  #hear(events: LogEvent[]): void {
    for (const event of events) if (event.kind === "command") this.asked.hear(event);
    if (this.ended) this.asked.end();
  }

  /** Takes curves in; false where a part of one is missing. */
  #merge(heads: CurveHead[], buffers: DataView[]): boolean {
    const merged = heads.map((head, k) => {
      const news = decode(head, buffers[k] as DataView);
      return [head.name, merge(this.curves.get(head.name), news)] as const;
    });
    for (const [name, curve] of merged) {
      if (!curve) return false;
      this.curves.set(name, curve);
    }
    return true;
  }

  #extend(): void {
    let last = this.progress.step ?? 0;
    for (const { x } of this.curves.values()) last = Math.max(last, x.at(-1) ?? 0);
    const first = this.curves.get("loss")?.x[0] ?? 0;
    this.zoom.extend(first, last);
  }

  #tell(change: Change): void {
    for (const listener of [...(this.#listeners.get(change) ?? [])]) listener();
  }
}
