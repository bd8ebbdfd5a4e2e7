import type { Channel, RequestOptions } from "../shared/protocol.ts";
import type { Frame } from "../shared/widget.ts";
import type { PartName } from "./late.ts";
import {
  type Choices,
  EVERYTHING,
  type HubRow,
  type HubState,
  PLACES,
  type Query,
  type RowsPayload,
} from "./model.ts";
import { Rows } from "./rows.ts";

/** What a reader did with the search; survives a change of language. */
export class Session {
  readonly channel: Channel;
  readonly rows: Rows;
  query: Query;
  choices: Choices = { task: [], language: [], license: [], library: [], family: [] };
  /** What stands beside the list. */
  pane: PartName | undefined;
  /** The model that is open, as its row said. */
  opened: HubRow | undefined;
  failure: unknown;
  /** When (ms since 1970) the hub may be asked again; 0 where it may be. */
  until = 0;
  /** `replaced`: the rows answer another question; the list begins at its top. */
  onChange: (replaced: boolean) => void = () => {};

  /** The model in use, once it was changed here. */
  #inUse: string | undefined;
  #forget: () => void;
  #gone = new AbortController();

  constructor({ model, channel, guard }: Frame<HubState>) {
    this.channel = channel;
    this.query = { ...EVERYTHING, ...model.get("query") };
    const notify = guard((replaced: boolean) => this.onChange(replaced));
    this.rows = new Rows({
      request: (type, params, options) => this.#request(type, params, options),
      onChange: (replaced) => {
        this.failure = undefined;
        const { problem } = this.rows.latest;
        this.until = problem?.wait ? Date.now() + problem.wait * 1000 : 0;
        notify(replaced);
      },
      onError: (error) => {
        this.failure = error;
        notify(false);
      },
    });
    const subscriptions = [
      channel.subscribe("changed", () => this.refresh()),
      channel.subscribe<{ type?: string; name?: string }>("in_use", ({ name }) =>
        this.use(name ?? ""),
      ),
    ];
    this.#forget = () => {
      for (const forget of subscriptions) forget();
    };
    this.rows.ask(this.query);
    void this.#choose(notify);
  }

  /** Names of the fields that narrow the list down. */
  get narrowed(): (keyof Query)[] {
    const fields: (keyof Query)[] = ["text", "task", "language", "license", "library", "family"];
    const all: (keyof Query)[] = [...fields, "author", "params", "gated", "where"];
    return all.filter((name) =>
      name === "where"
        ? this.query.where.length < PLACES.length
        : this.query[name] !== EVERYTHING[name],
    );
  }

  /** Whether the hub is left out. */
  get offline(): boolean {
    return !this.query.where.includes("hub");
  }

  isInUse(row: HubRow): boolean {
    return this.#inUse === undefined ? row.inUse : row.id === this.#inUse;
  }

  want(first: number, last: number): void {
    this.rows.want(first, last);
  }

  /** Changes part of the question. */
  ask(part: Partial<Query>): void {
    this.query = { ...this.query, ...part };
    this.failure = undefined;
    this.rows.ask(this.query);
    this.onChange(false);
  }

  /** Takes one filter away, or all. */
  clear(...names: (keyof Query)[]): void {
    this.ask(Object.fromEntries(names.map((name) => [name, EVERYTHING[name]])));
  }

  /** Asks the same again, for models came or went. */
  refresh(): void {
    this.rows.again(this.query, false);
    this.onChange(false);
  }

  /** Asks again where there was no answer. */
  retry(): void {
    this.failure = undefined;
    this.rows.again(this.query, true);
    this.onChange(false);
  }

  /** Takes over which model the magics take now. */
  use(name: string): void {
    this.#inUse = name;
    this.onChange(false);
  }

  dispose(): void {
    this.#gone.abort();
    this.#forget();
    this.rows.dispose();
  }

  async #request(
    type: string,
    params: Record<string, unknown>,
    options: RequestOptions<Partial<RowsPayload>>,
  ): Promise<RowsPayload> {
    const { channel } = this;
    return (await channel.request<RowsPayload, Partial<RowsPayload>>(type, params, options))
      .payload;
  }

  /** What can be chosen from is a comfort: without it what was seen can be. */
  async #choose(notify: (replaced: boolean) => void): Promise<void> {
    try {
      const { signal } = this.#gone;
      const options = { signal, later: true };
      this.choices = (await this.channel.request<Choices>("choices", {}, options)).payload;
    } catch {
      return;
    }
    notify(false);
  }
}
