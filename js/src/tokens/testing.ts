import type { Source, TokensState, UnitsPayload } from "./model.ts";

/** A token as a test writes it: name, and where it lies in the unit's text. */
export interface Made {
  piece: string;
  at?: [start: number, end: number];
  word?: number;
  flags?: number;
  bytes?: string;
}

export interface MadeUnit {
  text: string;
  tokens: Made[];
  flags?: number;
  role?: number;
  marks?: [from: number, to: number, label: number][];
}

/** Ids by name, as they come. */
export class Names {
  readonly pieces: string[] = [];
  id(piece: string): number {
    const known = this.pieces.indexOf(piece);
    return known >= 0 ? known : this.pieces.push(piece) - 1;
  }
}

/** Units as the kernel sends them. */
export function packed(all: MadeUnit[], names: Names, start = 0, stop = all.length) {
  const units = all.slice(start, stop);
  const tokens = units.flatMap((unit) => unit.tokens);
  const head = new DataView(new ArrayBuffer(units.length * 6));
  const body = new DataView(new ArrayBuffer(tokens.length * 8));
  const before = all.slice(0, start).flatMap((unit) => unit.tokens).length;
  const texts = all.slice(0, start).map(({ text }) => text);
  const payload: UnitsPayload = {
    start,
    total: all.length,
    text: units.map(({ text }) => text).join(""),
    token: before,
    places: units.length > 0 ? [[0, [...texts.join("")].length]] : [],
    lengths: {},
    words: {},
    bytes: {},
    marks: [],
  };
  let k = 0;
  let last = -1;
  units.forEach((unit, u) => {
    head.setUint16(u * 6, unit.tokens.length, true);
    head.setUint16(u * 6 + 2, unit.text.length, true);
    head.setUint16(u * 6 + 4, (unit.flags ?? 0) | (((unit.role ?? -1) + 1) << 8), true);
    for (const [from, to, label] of unit.marks ?? []) payload.marks.push([u, from, to, label]);
    for (const { piece, at, word = -1, flags = 0, bytes } of unit.tokens) {
      const length = at ? at[1] - at[0] : 0;
      body.setUint32(k * 8, ((flags << 24) | names.id(piece)) >>> 0, true);
      body.setUint16(k * 8 + 4, at ? at[0] : 0xffff, true);
      body.setUint8(k * 8 + 6, Math.min(255, length));
      if (length >= 255) payload.lengths[k] = length;
      const near = word - last >= 0 && word - last < 254;
      body.setUint8(k * 8 + 7, word < 0 ? 255 : near ? word - last : 254);
      if (word >= 0 && !near) payload.words[k] = word;
      if (word >= 0) last = word;
      if (bytes) payload.bytes[k] = bytes;
      k++;
    }
  });
  return { payload, buffers: [head, body] as [DataView, DataView] };
}

/** A unit whose words are tokens, in the way of BERT: the spaces belong to none. */
export function words(text: string, first = 0): MadeUnit {
  const tokens = [...text.matchAll(/\S+/g)].map(({ 0: piece, index }, k) => ({
    piece,
    at: [index, index + piece.length] as [number, number],
    word: first + k,
  }));
  return { text, tokens };
}

export function source(units: MadeUnit[], change: Partial<Source> = {}): Source {
  return {
    name: "bert-base-uncased",
    algorithm: "WordPiece",
    vocabulary: 30_522,
    context: 512,
    types: true,
    tokens: units.flatMap(({ tokens }) => tokens).length,
    longest: change.tokens ?? units.flatMap(({ tokens }) => tokens).length,
    special: 0,
    unknown: 0,
    words: 10,
    characters: 40,
    bytes: 40,
    cut: 0,
    units: units.length,
    offsets: "all",
    ...change,
  };
}

/** What the kernel says before anything is asked; `known` units are there. */
export function state(
  units: MadeUnit[],
  names: Names,
  known = units.length,
  summary: Partial<TokensState["summary"]> = {},
): TokensState {
  const { payload, buffers } = packed(units, names, 0, known);
  return {
    language: "en",
    place: "here",
    summary: {
      tabs: ["tokens"],
      texts: 1,
      sources: [source(units)],
      notes: [],
      roles: [],
      labels: [],
      ...summary,
    },
    first: {
      ...payload,
      units: buffers[0],
      tokens: buffers[1],
      pieces: units
        .slice(0, known)
        .flatMap(({ tokens }) => tokens.map(({ piece }) => [names.id(piece), piece])),
    },
    texts: [],
    batch: {
      padding: "none",
      padding_side: "right",
      pad_to_multiple_of: null,
      truncation: "none",
      max_length: null,
      batch_size: 1,
    },
  };
}
