import type { Context, Opened } from "../late.ts";
import { compareView } from "./compare.ts";
import { runView } from "./run.ts";
import "../../shared/plain-table.css";
import "../../dashboard/log/log.css";
import "./open.css";

/** One run, or several beside each other: whatever the session says is open. */
export default (context: Context): Opened =>
  context.row ? runView({ ...context, row: context.row }) : compareView(context);
