import type { BatchPayload, BatchRow, BatchSettings } from "../model.ts";
import type { PartContext } from "../panel.ts";
import { table } from "../table.ts";
import { type Cell, decode } from "./cells.ts";

export interface Row extends BatchRow {
  cells: Cell[];
}

const PLAIN: BatchSettings = {
  padding: "longest",
  padding_side: "right",
  pad_to_multiple_of: null,
  truncation: "none",
  max_length: null,
  batch_size: 8,
};

/** The batch as the reader has set it, and its rows as far as they were looked at. */
export function batchSession(context: PartContext, onChange: () => void) {
  const initial = context.state.batch ?? PLAIN;
  const own = {
    query: initial,
    /** The active cell's; its row is the table's. */
    column: 0,
    /** What the last reply said of the whole batch. */
    whole: undefined as BatchPayload | undefined,
  };
  const rows = table<BatchSettings, Row, typeof own>(
    context,
    "batch",
    own,
    async (settings, start, stop, signal) => {
      const { payload, buffers } = await context.channel.request<BatchPayload>(
        "batch",
        { settings, start, stop },
        { signal },
      );
      rows.memory.whole = payload;
      return { ...payload, rows: withCells(payload.rows, decode(buffers[0], payload.types)) };
    },
    onChange,
  );
  return { ...rows, initial };
}

export type Session = ReturnType<typeof batchSession>;

/** Rows come one after the other, each as long as it says. */
export function withCells(rows: BatchRow[], cells: Cell[]): Row[] {
  let end = 0;
  return rows.map((row) => {
    const start = end;
    end += row.columns;
    return { ...row, cells: cells.slice(start, end) };
  });
}
