import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { type Page, Pages, type PagesOptions } from "../shared/pages.ts";
import { remember } from "./memory.ts";
import type { PartContext } from "./panel.ts";

/** What a table has when it is drawn anew. */
interface Kept<Query, Row> {
  /** The query that the rows answer; none before the first reply. */
  answered: Query | undefined;
  rows: Page<Row>;
  /** The active row. */
  row: number;
  /** How far its scroller was. */
  top: number;
  left: number;
}

/** Rows that a query chooses, and what the reader did with them. */
export function table<Query, Row, Own extends { query: Query }>(
  { channel, t, guard }: PartContext,
  panel: string,
  initial: Own,
  load: PagesOptions<Query, Row>["load"],
  onChange: (replaced: boolean) => void,
) {
  const rows: Page<Row> = { start: 0, total: 0, rows: [] };
  const memory = remember<Own & Kept<Query, Row>>(channel, panel, {
    ...initial,
    answered: undefined,
    rows,
    row: 0,
    top: 0,
    left: 0,
  });
  let restored = false;
  const problem = h("div", { class: "tfw-problem" });
  const changed = guard((replaced: boolean) => {
    fill(problem);
    onChange(replaced);
  });
  const pages = new Pages<Query, Row>({
    query: memory.answered ?? memory.query,
    first: memory.rows,
    load,
    onChange(replaced) {
      memory.answered = pages.query;
      changed(replaced);
    },
    onError(error, retry) {
      changed(false);
      const again = () => {
        retry();
        changed(false);
      };
      fill(problem, alert(error, t, again));
    },
  });

  return {
    memory,
    pages,
    problem,
    /** Asks for the rows that `memory.query` chooses; `around` is the row to go on with. */
    ask(around = 0): void {
      pages.ask(memory.query, around);
      changed(false);
    },
    /** Scrolls to where the reader was, as soon as there is anything to scroll. */
    restore(scroller: HTMLElement): void {
      if (restored || scroller.clientHeight === 0) return;
      restored = true;
      scroller.scrollTop = memory.top;
      scroller.scrollLeft = memory.left;
    },
    dispose(scroller: HTMLElement): void {
      if (scroller.clientHeight > 0) {
        memory.top = scroller.scrollTop;
        memory.left = scroller.scrollLeft;
      }
      const rows: Row[] = [];
      for (let row = pages.get(0); row !== undefined; row = pages.get(rows.length)) rows.push(row);
      memory.rows = { start: 0, total: pages.total, rows };
      pages.dispose();
    },
  };
}
