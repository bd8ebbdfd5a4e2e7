import { h } from "../shared/dom.ts";
import { named, type Words } from "./words.ts";

/** All there are, those that end a run last. */
export const STATUSES = [
  "waiting",
  "running",
  "validating",
  "paused",
  "finished",
  "stopped",
  "interrupted",
  "failed",
  "lost",
] as const;

/** Signs that tell the kinds apart where colours do not. */
const SIGNS: Record<string, string> = {
  waiting: "…",
  running: "▶",
  validating: "▶",
  paused: "❚❚",
  finished: "✓",
  stopped: "■",
  interrupted: "■",
  failed: "✕",
  lost: "?",
};

/** How a run stands: a sign, and a word. */
export function pill(status: string, t: Words): HTMLElement {
  return h(
    "span",
    { class: "runs-pill", "data-status": status },
    h("span", { class: "runs-sign", "aria-hidden": true }, SIGNS[status] ?? "·"),
    named(t, "status", status),
  );
}
