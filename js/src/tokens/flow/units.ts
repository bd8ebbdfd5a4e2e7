import type { UnitsPayload } from "../model.ts";
import { type Part, parts } from "./parts.ts";

/** What the flags of a token say, from the lowest bit on; see model.ts. */
export const Flag = {
  special: 1,
  added: 2,
  padding: 4,
  off: 8,
  unknown: 16,
  second: 32,
  differs: 64,
  fragment: 128,
} as const;

export interface Token {
  /** Position among all tokens of the source. */
  index: number;
  id: number;
  flags: number;
  /** Which text of a pair it belongs to, as the model is told. */
  type: number;
  /** Where it stands in the unit's text, in UTF-16 units; -1 where it has no place. */
  start: number;
  end: number;
  /** -1 where it belongs to none. */
  word: number;
  /** Hexadecimal, where it is a part of a character. */
  bytes: string | undefined;
}

export interface Mark {
  from: number;
  to: number;
  label: number;
}

/** A stretch of the text with the tokens that lie in it. */
export interface Unit {
  text: string;
  /** The code point in its text at which it begins. */
  character: number;
  tokens: Token[];
  marks: Mark[];
  pair: boolean;
  cut: boolean;
  clipped: boolean;
  /** -1: none. */
  role: number;
  /** Whether a message of the chat begins with it. */
  begins: boolean;
  readonly parts: Part[];
}

const NO_PLACE = 0xffff;
const LONG = 255;
const FAR = 254;

/** Reads a page of units; the layout is told in model.ts. */
export function decode(
  payload: UnitsPayload,
  units: DataView | undefined,
  tokens: DataView | undefined,
): Unit[] {
  const places = new Map(payload.places);
  const result: Unit[] = [];
  let k = 0;
  let from = 0;
  let character = 0;
  let word = -1;

  function token(view: DataView): Token {
    const at = k * 8;
    const head = view.getUint32(at, true);
    const start = view.getUint16(at + 4, true);
    const length = view.getUint8(at + 6);
    const delta = view.getUint8(at + 7);
    if (delta < FAR) word += delta;
    else if (delta === FAR) word = payload.words[k] ?? word;
    const placed = start !== NO_PLACE;
    return {
      index: payload.token + k,
      id: head & 0xffffff,
      flags: head >>> 24,
      type: payload.types?.[k] ?? (head >>> 29) & 1,
      start: placed ? start : -1,
      end: placed ? start + (length === LONG ? (payload.lengths[k] ?? length) : length) : -1,
      word: delta > FAR ? -1 : word,
      bytes: payload.bytes[k]?.toUpperCase(),
    };
  }

  for (let u = 0; units && u * 6 < units.byteLength; u++) {
    const stop = k + units.getUint16(u * 6, true);
    const length = units.getUint16(u * 6 + 2, true);
    const flags = units.getUint16(u * 6 + 4, true);
    const text = payload.text.slice(from, from + length);
    from += length;
    character = places.get(u) ?? character;
    let laid: Part[] | undefined;
    const unit: Unit = {
      text,
      character,
      tokens: [],
      marks: [],
      pair: (flags & 1) > 0,
      cut: (flags & 2) > 0,
      clipped: (flags & 4) > 0,
      role: (flags >>> 8) - 1,
      begins: (flags & 8) > 0,
      get parts() {
        laid ??= parts(unit);
        return laid;
      },
    };
    for (; tokens && k < stop; k++) unit.tokens.push(token(tokens));
    character += points(text);
    result.push(unit);
  }
  for (const [u, start, to, label] of payload.marks)
    result[u]?.marks.push({ from: start, to, label });
  return result;
}

/** How many code points a text has: what Python counts. */
export function points(text: string): number {
  let count = text.length;
  for (let k = 1; k < text.length; k++) {
    if ((text.charCodeAt(k) & 0xfc00) === 0xdc00 && (text.charCodeAt(k - 1) & 0xfc00) === 0xd800) {
      count--;
      k++;
    }
  }
  return count;
}
