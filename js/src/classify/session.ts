import { Pages } from "../shared/pages.ts";
import type { Reply } from "../shared/protocol.ts";
import type { Frame } from "../shared/widget.ts";
import type {
  ClassifyState,
  DetailPayload,
  Query,
  RowsPayload,
  ScoredRow,
  SortBy,
  Summary,
} from "./model.ts";
import { withScores } from "./scores.ts";

/** What changed: the query in the controls, the rows, or the rows' query with them. */
export type Change = "query" | "rows" | "replaced" | "error";

export interface Failure {
  error: unknown;
  retry(): void;
}

/** More would be a table nobody reads. */
export const MOST_COLUMNS = 20;

/** What a reader did with the table so far; survives a change of language. */
export class Session {
  readonly labels: string[];
  readonly summary: Summary;
  readonly defaultColumns: number[];
  readonly pages: Pages<Query, ScoredRow>;
  /** What the controls say. The rows follow when the kernel has answered. */
  query: Query;
  opened: ScoredRow | undefined;
  failure: Failure | undefined;
  onChange: (change: Change) => void = () => {};

  #channel: Frame<ClassifyState>["channel"];

  constructor({ model, channel, guard }: Frame<ClassifyState>) {
    this.#channel = channel;
    this.labels = model.get("labels");
    this.summary = model.get("summary");
    this.defaultColumns = model.get("columns");
    this.query = {
      columns: this.defaultColumns,
      sort: { by: "input", descending: false },
      label: null,
      text: "",
    };
    const first = model.get("first");
    const rows = withScores(first.rows, first.scores, this.defaultColumns.length);
    const notify = guard((change: Change) => this.onChange(change));
    this.pages = new Pages<Query, ScoredRow>({
      query: this.query,
      first: { ...first, rows },
      load: (query, start, stop, signal) => this.#rows(query, start, stop, signal),
      onChange: (replaced) => {
        this.failure = undefined;
        notify(replaced ? "replaced" : "rows");
      },
      onError: (error, retry) => {
        this.failure = { error, retry };
        notify("error");
      },
    });
  }

  /** The columns that the rows on screen have. */
  get columns(): number[] {
    return this.pages.query.columns;
  }

  /** Whether the rows on screen are a part of all. */
  get filtered(): boolean {
    const { text, label } = this.pages.query;
    return text !== "" || label !== null;
  }

  /** Whether the rows are not those that the controls say. */
  get stale(): boolean {
    return this.query !== this.pages.query;
  }

  /** Sorts, or turns the order round; by score the highest first. */
  sortBy(by: SortBy, label?: number): void {
    const { sort } = this.query;
    const again = sort.by === by && sort.label === label;
    const descending = again ? !sort.descending : by === "score";
    this.ask({ sort: label === undefined ? { by, descending } : { by, label, descending } });
  }

  /** Changes part of the query; `around` is the row to go on with. */
  ask(part: Partial<Query>, around = 0): void {
    this.query = { ...this.query, ...part };
    this.failure = undefined;
    this.pages.ask(this.query, around);
    this.onChange("query");
  }

  retry(): void {
    const { failure } = this;
    this.failure = undefined;
    failure?.retry();
    this.onChange("query");
  }

  detail(index: number, signal: AbortSignal): Promise<Reply<DetailPayload>> {
    return this.#channel.request<DetailPayload>("detail", { index }, { signal });
  }

  async #rows(query: Query, start: number, stop: number, signal: AbortSignal) {
    const { payload, buffers } = await this.#channel.request<RowsPayload>(
      "rows",
      { start, stop, ...query },
      { signal },
    );
    return { ...payload, rows: withScores(payload.rows, buffers[0], query.columns.length) };
  }
}
