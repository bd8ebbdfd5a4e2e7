import type { FlowState } from "../session.ts";
import type { Stop } from "./parts.ts";
import { points, type Token, type Unit } from "./units.ts";

/** A place among the tokens: a unit, and a stop of it. */
export interface Spot {
  unit: number;
  stop: Stop;
}

/** From one place to another, both inside. */
export interface Span {
  from: Spot;
  to: Spot;
}

export const firstOf = (spot: Spot): number => spot.stop[0].index;
export const lastOf = (spot: Spot): number => spot.stop[0].index + spot.stop.length - 1;

/** Two places in the order of the text. */
export function span(a: Spot, b: Spot): Span {
  return firstOf(a) <= firstOf(b) ? { from: a, to: b } : { from: b, to: a };
}

export function selected({ selection }: FlowState): Span | undefined {
  return selection && span(selection.anchor, selection.head);
}

export function covers(where: Span | undefined, token: Token): boolean {
  return !!where && token.index >= firstOf(where.from) && token.index <= lastOf(where.to);
}

export function stopsOf(unit: Unit): Stop[] {
  return unit.parts.flatMap(({ stops }) => stops);
}

/** The code points of a token's text, counted in the whole text; none without a place. */
export function characters(unit: Unit, token: Token): [from: number, to: number] | undefined {
  if (token.start < 0) return undefined;
  const from = unit.character + points(unit.text.slice(0, token.start));
  return [from, from + points(unit.text.slice(token.start, token.end))];
}

/** How many characters lie from the first to the last token; unknown across two texts. */
export function length({ pages }: FlowState, { from, to }: Span): number | undefined {
  const first = pages.get(from.unit);
  const last = pages.get(to.unit);
  if (!first || !last || first.pair !== last.pair) return undefined;
  const next = first.tokens.find(({ index, start }) => index >= firstOf(from) && start >= 0);
  const before = last.tokens.filter(({ index, start }) => index <= lastOf(to) && start >= 0).at(-1);
  const start = next ? characters(first, next)?.[0] : first.character + points(first.text);
  const end = before ? characters(last, before)?.[1] : last.character;
  return Math.max(0, (end ?? 0) - (start ?? 0));
}
