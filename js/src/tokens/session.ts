import { Pages } from "../shared/pages.ts";
import type { Channel } from "../shared/protocol.ts";
import type { Spot } from "./flow/spots.ts";
import { decode, type Unit } from "./flow/units.ts";
import type { Tab, TokensState, UnitsPayload } from "./model.ts";
import type { Context } from "./panel.ts";

export type Labels = "text" | "pieces" | "ids";
export type Colours = "position" | "token" | "word" | "role";

/** What a reader did so far; survives a change of language. */
export class Session {
  tab: Tab | undefined;
  labels: Labels = "text";
  colours: Colours = "position";
  whitespace = true;

  #flows = new Map<string, FlowState>();
  #from: [TokensState, Channel, Context["guard"]];

  constructor(...from: [TokensState, Channel, Context["guard"]]) {
    this.#from = from;
  }

  /** What was done with the tokens of a source in one panel. */
  flow(panel: Tab, source: number): FlowState {
    const key = `${panel}:${source}`;
    const state = this.#flows.get(key) ?? new FlowState(source, ...this.#from);
    this.#flows.set(key, state);
    return state;
  }

  dispose(): void {
    for (const { pages } of this.#flows.values()) pages.dispose();
  }
}

/** The tokens of one source, as far as they were looked at, and what was done with them. */
export class FlowState {
  readonly source: number;
  readonly pages: Pages<number, Unit>;
  /** What the keys are at. */
  active: Spot | undefined;
  /** Where a selection began and where it goes to. */
  selection: { anchor: Spot; head: Spot } | undefined;
  /** Whether the selection is told about, and not the active token. */
  telling = false;
  /** The unit at the top of the screen, and how many px of it are above. */
  at = { unit: 0, above: 0 };
  failure: { error: unknown; retry(): void } | undefined;
  /** There are two texts. */
  paired = false;
  onChange: () => void = () => {};

  #channel: Channel;

  constructor(source: number, state: TokensState, channel: Channel, guard: Context["guard"]) {
    this.source = source;
    this.#channel = channel;
    const { first, summary } = state;
    const total = summary.sources[source]?.units ?? 0;
    const notify = guard(() => this.onChange());
    this.pages = new Pages<number, Unit>({
      query: source,
      first:
        source === 0
          ? { start: 0, total: first.total, rows: this.#read(first, [first.units, first.tokens]) }
          : { start: 0, total, rows: [] },
      load: (_, start, stop, signal) => this.load(start, stop, signal),
      onChange: () => {
        this.failure = undefined;
        notify();
      },
      onError: (error, retry) => {
        this.failure = { error, retry };
        notify();
      },
    });
  }

  async load(start: number, stop: number, signal?: AbortSignal) {
    const { payload, buffers } = await this.#channel.request<UnitsPayload>(
      "units",
      { source: this.source, start, stop },
      { signal },
    );
    return { start, total: payload.total, rows: this.#read(payload, buffers) };
  }

  #read(payload: UnitsPayload, [units, tokens]: (DataView | undefined)[]): Unit[] {
    const rows = decode(payload, units, tokens);
    this.paired ||= rows.some(({ pair }) => pair);
    return rows;
  }
}
