import { Flag, type Token, type Unit } from "./units.ts";

/** What the keys stop at: one token, or a long run of equal padding. */
export type Stop = [Token, ...Token[]];

/** A stretch of a unit that is drawn as one. */
export interface Part {
  /** In UTF-16 units of the unit's text; -1 where the tokens have no place in it. */
  from: number;
  to: number;
  /** None: text that no token stands for. Several: they share characters. */
  stops: Stop[];
}

/** Equal padding tokens beyond this number are drawn as one. */
const MOST_PADDING = 8;

/** Characters that others may cling to. */
const CLINGING = /[\p{M}\p{Emoji_Modifier}\p{Regional_Indicator}]|\u200d/u;

/** Divides a unit into what is drawn: tokens, groups of tokens, and the text between. */
export function parts({ text, tokens }: Unit): Part[] {
  const borders = clusters(text);
  const result: Part[] = [];
  let open: Part | undefined;
  let cursor = 0;

  /** Whether one character reaches from before one position to after the other. */
  function clings(from: number, to: number): boolean {
    let at = from;
    while (at < to && !borders.has(at)) at++;
    return to >= 0 && (to < from || (at === to && !borders.has(to)));
  }

  function gap(to: number): void {
    // A mark without a token stays with the letter that it is written on.
    const start = cursor;
    while (open && cursor < to && !borders.has(cursor)) cursor++;
    if (open && cursor > start) open.to = cursor;
    if (cursor < to) result.push({ from: cursor, to, stops: [] });
    cursor = Math.max(cursor, to);
  }

  for (const token of tokens) {
    const { start, end } = token;
    if (open && end > start && clings(open.to, start)) {
      open.stops.push([token]);
      open.to = cursor = Math.max(cursor, end);
      continue;
    }
    const from = Math.max(start, cursor);
    if (start < 0 || end <= from) {
      open = undefined;
      result.push({ from: -1, to: -1, stops: [[token]] });
      continue;
    }
    gap(from);
    open = { from: Math.max(from, cursor), to: end, stops: [[token]] };
    result.push(open);
    cursor = end;
  }
  gap(text.length);
  return collapse(result);
}

function collapse(all: Part[]): Part[] {
  const result: Part[] = [];
  for (let k = 0; k < all.length; ) {
    const part = all[k] as Part;
    const stop = padding(part);
    let next = k + 1;
    while (stop && padding(all[next])?.[0].id === stop[0].id) next++;
    if (stop && next - k > MOST_PADDING) {
      for (const { stops } of all.slice(k + 1, next)) stop.push(...(stops[0] as Stop));
    } else next = k + 1;
    result.push(part);
    k = next;
  }
  return result;
}

function padding(part: Part | undefined): Stop | undefined {
  const stop = part?.from === -1 ? part.stops[0] : undefined;
  return stop && (stop[0].flags & Flag.padding) > 0 ? stop : undefined;
}

/** Where a character begins for a reader: between an accent and its letter, nowhere. */
function clusters(text: string): { has(position: number): boolean } {
  if (!CLINGING.test(text) || !("Segmenter" in Intl)) return { has: () => true };
  return new Set(
    [...new Intl.Segmenter().segment(text)].map(({ index }) => index).concat(text.length),
  );
}
