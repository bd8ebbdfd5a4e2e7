import { Pages } from "../shared/pages.ts";
import type { Channel } from "../shared/protocol.ts";
import type { Frame } from "../shared/widget.ts";
import {
  LEAST,
  MOST,
  type Query,
  type RowsPayload,
  type RunRow,
  type RunsState,
  type SortBy,
} from "./model.ts";

/** What fills the view: the table, one run, or several beside each other. */
export type Place = "list" | "run" | "compare";

/** How often (ms) runs that still go are asked for again. */
const REFRESH = 3_000;

/** What a reader did with the history; survives a change of language. */
export class Session {
  readonly channel: Channel;
  readonly pages: Pages<Query, RunRow>;
  query: Query = {
    sort: { by: "started", descending: true },
    text: "",
    status: null,
    project: null,
  };
  projects: string[] = [];
  problems: string[] = [];
  /** Nothing has come yet. */
  loading = true;
  /** Runs that are ticked, in the order of the ticks. */
  readonly chosen = new Map<string, RunRow>();
  place: Place = "list";
  /** The run that is open, as its row said. */
  opened: RunRow | undefined;
  /** Ids that are compared. */
  compared: string[] = [];
  failure: { error: unknown; retry(): void } | undefined;
  /** `replaced`: the rows answer another question; the table begins at its top. */
  onChange: (replaced: boolean) => void = () => {};

  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The same question again: the table stays where it is. */
  #again = false;
  /** The list changed while it was being asked for. */
  #stale = false;
  #visible: [number, number] = [0, 0];
  #forget: () => void;

  constructor({ model, channel, guard }: Frame<RunsState>) {
    this.channel = channel;
    this.compared = model.get("compare") ?? [];
    if (this.compared.length >= LEAST) this.place = "compare";
    const notify = guard((replaced: boolean) => this.onChange(replaced));
    this.pages = new Pages<Query, RunRow>({
      query: this.query,
      first: { start: 0, total: 0, rows: [] },
      load: (query, start, stop, signal) => this.#rows(query, start, stop, signal),
      onChange: (replaced) => {
        this.failure = undefined;
        this.loading = false;
        const moved = replaced && !this.#again;
        if (replaced) this.#again = false;
        notify(moved);
        if (this.#stale) this.refresh();
        else this.#later();
      },
      onError: (error, retry) => {
        this.failure = { error, retry };
        this.loading = false;
        this.#again = false;
        notify(false);
      },
    });
    this.#forget = channel.subscribe("changed", () => this.refresh());
    this.pages.ask(this.query);
  }

  get filtered(): boolean {
    const { text, status, project } = this.query;
    return text !== "" || status !== null || project !== null;
  }

  /** How many runs can be compared, and how many are ticked. */
  get comparable(): boolean {
    return this.chosen.size >= LEAST && this.chosen.size <= MOST && !this.unreadable;
  }

  /** Whether one is ticked of which only its row can be read. */
  get unreadable(): boolean {
    return [...this.chosen.values()].some(({ newer }) => newer);
  }

  want(first: number, last: number): void {
    this.#visible = [first, last];
    this.pages.want(first, last);
  }

  /** Changes part of the question. */
  ask(part: Partial<Query>): void {
    this.query = { ...this.query, ...part };
    this.failure = undefined;
    this.#again = false;
    this.pages.ask(this.query);
    this.onChange(false);
  }

  sortBy(by: SortBy): void {
    const { sort } = this.query;
    const descending = sort.by === by ? !sort.descending : by !== "name" && by !== "status";
    this.ask({ sort: { by, descending } });
  }

  /** Asks the same again, for runs came, went or went on. */
  refresh(): void {
    // A kernel at work answers late; questions must not pile up there.
    if (this.pages.replacing) {
      this.#stale = true;
      return;
    }
    this.#stale = false;
    this.#again = true;
    this.pages.ask(this.query, Math.min(this.#visible[0], Math.max(0, this.pages.total - 1)));
  }

  retry(): void {
    const { failure } = this;
    this.failure = undefined;
    failure?.retry();
    this.onChange(false);
  }

  toggle(row: RunRow): void {
    if (!this.chosen.delete(row.id)) this.chosen.set(row.id, row);
    this.onChange(false);
  }

  async note(id: string, text: string): Promise<void> {
    await this.channel.request("note", { run: id, text });
    for (const row of this.#known()) if (row.id === id) row.note = text;
    if (this.opened?.id === id) this.opened.note = text;
  }

  async delete(ids: string[]): Promise<void> {
    await this.channel.request("delete", { ids });
    for (const id of ids) this.chosen.delete(id);
    this.refresh();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#forget();
    this.pages.dispose();
  }

  /** The rows on screen, as far as they are here. */
  *#known(): Iterable<RunRow> {
    const [first, last] = this.#visible;
    for (let index = first; index <= last; index++) {
      const row = this.pages.get(index);
      if (row) yield row;
    }
  }

  #later(): void {
    clearTimeout(this.#timer);
    const going = [...this.#known()].some(({ live }) => live);
    if (!going) return;
    this.#timer = setTimeout(() => {
      if (this.place === "list" && !document.hidden) this.refresh();
      else this.#later();
    }, REFRESH);
  }

  async #rows(query: Query, start: number, stop: number, signal: AbortSignal) {
    const { payload } = await this.channel.request<RowsPayload>(
      "rows",
      { start, stop, ...query },
      { signal },
    );
    this.projects = payload.projects;
    this.problems = payload.problems ?? [];
    for (const row of payload.rows) if (this.chosen.has(row.id)) this.chosen.set(row.id, row);
    return payload;
  }
}
