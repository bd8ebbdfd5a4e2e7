import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

type Chosen = Pick<Session, "pane" | "layer" | "heads" | "kind">;

/** "layer 3, head 5", or which heads are averaged. */
export function headName(session: Chosen, t: Words): string {
  const { pane, layer, heads, kind } = session;
  const name = pane?.layers[layer] ?? String(layer);
  if (kind === "rollout") return t("head.rollout", { layer: name });
  const count = pane?.heads[layer] ?? 0;
  if (heads.length === 1) return t("head.one", { layer: name, head: String(heads[0]) });
  if (heads.length === count) return t("head.all", { layer: name, n: count });
  return t("head.some", { layer: name, heads: heads.join(", ") });
}

/** An average over all heads stays one, also where a layer has others. */
export function toLayer(session: Session, goal: number): void {
  const { pane, layer, heads } = session;
  const all = heads.length > 1 && heads.length === pane?.heads[layer];
  session.choose({ layer: goal, ...(all && { heads: allHeads(pane?.heads[goal]) }) });
}

/** Another layer or head, a step further; the ends stay the ends. */
export function step(session: Session, what: "layer" | "head", by: 1 | -1): void {
  const { pane, layer, heads } = session;
  if (!pane) return;
  if (what === "layer") {
    const goal = layer + by;
    if (goal >= 0 && goal < pane.heads.length) toLayer(session, goal);
    return;
  }
  const count = pane.heads[layer] ?? 0;
  const last = count - 1;
  // Of all heads, none is next: it begins at an end.
  const whole = count > 1 && heads.length === count;
  const from = by > 0 ? Math.max(...heads) : Math.min(...heads);
  const goal = whole ? (by > 0 ? 0 : last) : Math.max(0, Math.min(last, from + by));
  if (heads.length > 1 || goal !== from) session.choose({ heads: [goal] });
}

export function allHeads(count = 0): number[] {
  return Array.from({ length: count }, (_, k) => k);
}
