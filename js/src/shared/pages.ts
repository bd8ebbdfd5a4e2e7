import { isAbort } from "./protocol.ts";

/** Rows `start` to `start + rows.length` of `total`. */
export interface Page<Row> {
  start: number;
  total: number;
  rows: Row[];
}

export interface PagesOptions<Query, Row> {
  load(query: Query, start: number, stop: number, signal: AbortSignal): Promise<Page<Row>>;
  query: Query;
  /** What is known before anything is asked, from row 0 on. */
  first: Page<Row>;
  /** Rows came in; `replaced` when they answer a new query. */
  onChange(replaced: boolean): void;
  onError(error: unknown, retry: () => void): void;
}

export const PAGE = 50;
/** Pages kept: enough for scrolling back and forth, few enough for a long session. */
const KEPT = 24;
/** While rows fly past nothing is asked; once they rest this long (ms), what is on screen is. */
const REST = 70;

interface Held<Row> {
  rows: Row[];
  /** False for the beginning of a page that came with the widget. */
  complete: boolean;
}

/**
 * The rows of a long table, as far as they were looked at.
 *
 * After `ask` the old rows stay until the first ones of the new query are here, so that
 * nothing flickers and nothing is lost when the kernel is busy.
 */
export class Pages<Query, Row> {
  /** The query that the rows answer. */
  query: Query;
  total: number;

  #options: PagesOptions<Query, Row>;
  /** By page number, the least recently wanted first. */
  #pages = new Map<number, Held<Row>>();
  #loading = new Map<number, AbortController>();
  #replacing: AbortController | undefined;
  #wanted: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** After an error nothing is asked until a retry: the same would fail again. */
  #halted = false;

  constructor(options: PagesOptions<Query, Row>) {
    this.#options = options;
    this.query = options.query;
    this.total = options.first.total;
    const { rows, total } = options.first;
    for (let start = 0; start < rows.length; start += PAGE) {
      const part = rows.slice(start, start + PAGE);
      const complete = part.length === Math.min(PAGE, total - start);
      this.#pages.set(start / PAGE, { rows: part, complete });
    }
  }

  /** Whether a new query is under way. */
  get replacing(): boolean {
    return this.#replacing !== undefined;
  }

  get(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  /** Says which rows are on screen. */
  want(first: number, last: number): void {
    this.#wanted = [];
    for (let page = Math.floor(first / PAGE); page * PAGE <= last; page++) this.#wanted.push(page);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#loadWanted(), REST);
  }

  /** Asks something else, starting with the rows around `index`. */
  ask(query: Query, index = 0): void {
    this.#replacing?.abort();
    this.#stopLoading();
    clearTimeout(this.#timer);
    const controller = new AbortController();
    this.#replacing = controller;
    this.#halted = false;
    const number = Math.floor(index / PAGE);
    this.#options.load(query, number * PAGE, (number + 1) * PAGE, controller.signal).then(
      (page) => {
        if (controller.signal.aborted) return;
        this.#replacing = undefined;
        this.query = query;
        this.#pages.clear();
        this.#hold(number, page);
        this.#options.onChange(true);
      },
      (error) => {
        if (controller.signal.aborted) return;
        this.#replacing = undefined;
        this.#fail(error, () => this.ask(query, index));
      },
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#replacing?.abort();
    this.#stopLoading();
  }

  #loadWanted(): void {
    if (this.#halted || this.#replacing) return;
    for (const [page, controller] of this.#loading) {
      if (this.#wanted.includes(page)) continue;
      controller.abort();
      this.#loading.delete(page);
    }
    for (const page of this.#wanted) {
      const held = this.#pages.get(page);
      if (held) {
        this.#pages.delete(page);
        this.#pages.set(page, held);
      }
      if (!held?.complete && !this.#loading.has(page)) this.#load(page);
    }
  }

  #load(number: number): void {
    const controller = new AbortController();
    this.#loading.set(number, controller);
    const start = number * PAGE;
    this.#options.load(this.query, start, start + PAGE, controller.signal).then(
      (page) => {
        if (controller.signal.aborted) return;
        this.#loading.delete(number);
        this.#hold(number, page);
        this.#options.onChange(false);
      },
      (error) => {
        if (controller.signal.aborted) return;
        this.#stopLoading();
        this.#fail(error, () => this.#loadWanted());
      },
    );
  }

  #hold(number: number, page: Page<Row>): void {
    this.total = page.total;
    this.#pages.set(number, { rows: page.rows, complete: true });
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= KEPT) break;
      this.#pages.delete(oldest);
    }
  }

  #fail(error: unknown, retry: () => void): void {
    if (isAbort(error)) return;
    this.#halted = true;
    this.#options.onError(error, () => {
      this.#halted = false;
      retry();
    });
  }

  #stopLoading(): void {
    for (const controller of this.#loading.values()) controller.abort();
    this.#loading.clear();
  }
}
