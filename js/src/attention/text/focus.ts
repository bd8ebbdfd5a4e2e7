import { type Cell, NOWHERE } from "../session.ts";

/** What the text shows of a token: what it attends to, what attends to it. */
export type Mode = "to" | "by" | "both";

interface Situation {
  hovered: Cell;
  pinned: Cell | undefined;
  /** The pointer or the keys are in the text itself: what is pinned stays in the middle. */
  own: boolean;
  mode: Mode;
  /** Queries and keys are the same text: a token is both. */
  same: boolean;
}

/** Whose row (`query`) and whose column (`key`) tint the text. */
export function focusOf({ hovered, pinned, own, mode, same }: Situation): Cell {
  const free = isNowhere(hovered) ? pinned : hovered;
  const { query, key } = (own && pinned) || free || NOWHERE;
  if (!same) return { query, key };
  return {
    query: mode === "by" ? null : (query ?? key),
    key: mode === "to" ? null : (key ?? query),
  };
}

/** The cell that a reader points at with a token: by itself, or beside what is pinned. */
export function pointAt(
  unit: number,
  role: "query" | "key" | "both",
  pinned: Cell | undefined,
  mode: Mode,
): Cell {
  if (role === "key") return { query: pinned?.query ?? null, key: unit };
  if (role === "query") return { query: unit, key: pinned?.key ?? null };
  const middle = pinned && (pinned.query ?? pinned.key);
  if (middle === undefined || middle === null) return alone(unit, mode);
  return mode === "by"
    ? { query: unit, key: pinned?.key ?? middle }
    : { query: pinned?.query ?? middle, key: unit };
}

/** A token without another. */
export function alone(unit: number, mode: Mode): Cell {
  return mode === "by" ? { query: null, key: unit } : { query: unit, key: null };
}

export function isNowhere({ query, key }: Cell): boolean {
  return query === null && key === null;
}

/** [from, to) of at most `size` of `count` units around one of them; as it was if that is inside. */
export function windowAround(
  count: number,
  at: number,
  size: number,
  before: [from: number, to: number],
): [from: number, to: number] {
  if (count <= size) return [0, count];
  const [from, to] = before;
  if (at >= from && at < to && to <= count && to > from) return before;
  const start = Math.max(0, Math.min(at - (size >> 1), count - size));
  return [start, start + size];
}
