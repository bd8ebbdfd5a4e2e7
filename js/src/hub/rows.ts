import { isAbort, type RequestOptions } from "../shared/protocol.ts";
import type { HubRow, Query, RowsPayload } from "./model.ts";

/** Rows that are asked for at once. */
export const PAGE = 50;
/** Rows asked for again at once, so that what is on screen stays. */
const MOST = 500;
/** Rows without a content after the last known one, where more may follow. */
const AHEAD = 20;
/** While rows fly past nothing is asked; once they rest this long (ms), what is on screen is. */
const REST = 70;

export interface RowsOptions {
  request(
    type: "search" | "rows",
    params: Record<string, unknown>,
    options: RequestOptions<Partial<RowsPayload>>,
  ): Promise<RowsPayload>;
  /** Something came; `replaced` where it answers another question. */
  onChange(replaced: boolean): void;
  onError(error: unknown): void;
}

interface Held {
  rows: HubRow[];
  /** Of an earlier answer: shown until it is asked for again. */
  stale: boolean;
}

/**
 * The models that were found, as far as they were looked at.
 *
 * How many there are is known at the end only: the hub gives page after page. After another
 * question the old rows stay until the first of the new ones are here. What is found in the
 * kernel's machine comes first; it keeps its place when the hub has answered.
 */
export class Rows {
  /** The question that the rows answer. */
  query: Query | undefined;
  #asked: Query | undefined;
  /** What came last, for all that is not rows. */
  latest: Omit<RowsPayload, "rows" | "start"> = {
    known: 0,
    more: true,
    facets: {},
    problem: null,
    notes: [],
    counts: {},
  };

  #options: RowsOptions;
  #pages = new Map<number, Held>();
  #search: AbortController | undefined;
  #loading = new Map<number, AbortController>();
  #reaching: AbortController | undefined;
  #wanted: [number, number] = [0, 0];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** After an error nothing is asked until a retry: the same would fail again. */
  #halted = false;

  constructor(options: RowsOptions) {
    this.#options = options;
  }

  /** Rows that the list has room for: behind the known ones some that may come. */
  get total(): number {
    const { known, more } = this.latest;
    return known + (more && !this.#stuck ? AHEAD : 0);
  }

  /** Whether a question is under way. */
  get searching(): boolean {
    return this.#search !== undefined;
  }

  /** Whether the hub is asked for nothing more until somebody wants to try again. */
  get #stuck(): boolean {
    return this.#halted || this.latest.problem !== null;
  }

  /** Whether the rows are those of an earlier question. */
  get outdated(): boolean {
    return this.#search !== undefined && this.query !== this.#asked;
  }

  get(index: number): HubRow | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  /** The rows that are here, by their number. */
  *held(): Iterable<HubRow> {
    for (const { rows } of this.#pages.values()) yield* rows;
  }

  /** Asks something else. */
  ask(query: Query): void {
    this.#asked = query;
    let first = true;
    this.#start({ query, count: PAGE }, (payload) => {
      this.query = query;
      if (first) this.#pages.clear();
      this.#take(payload, true, first);
      first = false;
    });
  }

  /** Asks the same again; `retry` goes on where the hub gave no answer. */
  again(query: Query, retry: boolean): void {
    this.#asked = query;
    const count = Math.min(MOST, (Math.floor(this.#wanted[1] / PAGE) + 1) * PAGE);
    this.#start({ query, count, [retry ? "retry" : "fresh"]: true }, (payload, last) => {
      // The rows that are shown stay until all is here.
      if (!last) return;
      this.query = query;
      this.#take(payload, true);
    });
  }

  /** Says which rows are on screen. */
  want(first: number, last: number): void {
    this.#wanted = [first, last];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load(), REST);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#stop();
  }

  #start(params: Record<string, unknown>, take: (payload: RowsPayload, last: boolean) => void) {
    this.#stop();
    clearTimeout(this.#timer);
    this.#halted = false;
    const controller = new AbortController();
    const { signal } = controller;
    this.#search = controller;
    const onProgress = (payload: Partial<RowsPayload>) => {
      if (!signal.aborted && payload.rows) take(payload as RowsPayload, false);
    };
    this.#options.request("search", params, { signal, onProgress, later: true }).then(
      (payload) => {
        if (signal.aborted) return;
        this.#search = undefined;
        take(payload, true);
        this.#load();
      },
      (error) => {
        if (signal.aborted) return;
        this.#search = undefined;
        this.#fail(error);
      },
    );
  }

  #load(): void {
    if (this.#halted || !this.query || this.outdated) return;
    const [first, last] = this.#wanted;
    const { known, more } = this.latest;
    for (const [page, controller] of this.#loading) {
      if (page >= Math.floor(first / PAGE) && page * PAGE <= last) continue;
      controller.abort();
      this.#loading.delete(page);
    }
    for (let page = Math.floor(first / PAGE); page * PAGE <= last; page++) {
      const start = page * PAGE;
      const held = this.#pages.get(page);
      const here = held && !held.stale ? held.rows.length : 0;
      if (start + here < Math.min(known, start + PAGE)) this.#window(page);
    }
    // One step at a time: each begins where the one before it has ended.
    const free = !this.#search && !this.#reaching && !this.#stuck;
    if (more && last >= known && free) this.#reach();
  }

  #window(page: number): void {
    if (this.#loading.has(page)) return;
    const controller = new AbortController();
    this.#loading.set(page, controller);
    const stop = Math.min((page + 1) * PAGE, this.latest.known);
    this.#rows(page * PAGE, stop, controller, () => this.#loading.delete(page));
  }

  #reach(): void {
    const controller = new AbortController();
    this.#reaching = controller;
    const start = Math.floor(this.latest.known / PAGE) * PAGE;
    this.#rows(start, start + 2 * PAGE, controller, () => {
      this.#reaching = undefined;
    });
  }

  #rows(start: number, stop: number, { signal }: AbortController, end: () => void): void {
    const params = { query: this.query, start, stop };
    this.#options.request("rows", params, { signal, later: true }).then(
      (payload) => {
        if (signal.aborted) return;
        end();
        this.#take(payload);
        this.#load();
      },
      (error) => {
        if (signal.aborted) return;
        end();
        this.#fail(error);
      },
    );
  }

  /** `anew`: the others that are here may have changed, too. */
  #take({ start, rows, ...latest }: RowsPayload, anew = false, replaced = false): void {
    this.latest = latest;
    for (const [page, held] of this.#pages) {
      if (page * PAGE >= latest.known) this.#pages.delete(page);
      else if (anew) held.stale = true;
    }
    for (let k = 0; k < rows.length; k += PAGE) {
      const page = (start + k) / PAGE;
      this.#pages.set(page, { rows: rows.slice(k, k + PAGE), stale: false });
    }
    this.#options.onChange(replaced);
  }

  #fail(error: unknown): void {
    if (isAbort(error)) return;
    this.#halted = true;
    this.#stop();
    this.#options.onError(error);
  }

  #stop(): void {
    this.#search?.abort();
    this.#search = undefined;
    this.#reaching?.abort();
    this.#reaching = undefined;
    for (const controller of this.#loading.values()) controller.abort();
    this.#loading.clear();
  }
}
