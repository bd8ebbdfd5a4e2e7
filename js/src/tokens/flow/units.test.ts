import { describe, expect, it } from "vitest";
import { type MadeUnit, Names, packed } from "../testing.ts";
import { characters } from "./spots.ts";
import { decode, type Token, type Unit } from "./units.ts";

function read(...made: MadeUnit[]): Unit[] {
  const { payload, buffers } = packed(made, new Names());
  return decode(payload, ...buffers);
}

/** What is drawn of a unit: the text of each part with the number of its stops. */
function drawn(unit: Unit | undefined): [string, number][] {
  return (unit?.parts ?? []).map(({ from, to, stops }) => [
    unit?.text.slice(Math.max(0, from), Math.max(0, to)) ?? "",
    stops.length,
  ]);
}

describe("a page of units", () => {
  it("holds ids, flags and places", () => {
    const [unit] = read({
      text: "ab cd",
      flags: 2,
      role: 1,
      tokens: [
        { piece: "x", flags: 1 },
        { piece: "cd", at: [3, 5], word: 4, flags: 16 },
      ],
      marks: [[0, 2, 1]],
    });
    expect(unit).toMatchObject({ text: "ab cd", cut: true, pair: false, role: 1, character: 0 });
    expect(unit?.marks).toEqual([{ from: 0, to: 2, label: 1 }]);
    expect(unit?.tokens).toEqual([
      { index: 0, id: 0, flags: 1, type: 0, start: -1, end: -1, word: -1, bytes: undefined },
      { index: 1, id: 1, flags: 16, type: 0, start: 3, end: 5, word: 4, bytes: undefined },
    ]);
  });

  it("looks up long tokens and words that do not follow", () => {
    const text = "a".repeat(300);
    const { payload, buffers } = packed(
      [
        {
          text: `${text}bc`,
          tokens: [
            { piece: "long", at: [0, 300], word: 1_000 },
            { piece: "back", at: [300, 301], word: 2 },
            { piece: "next", at: [301, 302], word: 3 },
          ],
        },
      ],
      new Names(),
    );
    expect(payload.lengths).toEqual({ 0: 300 });
    expect(payload.words).toEqual({ 0: 1_000, 1: 2 });
    const tokens = decode(payload, ...buffers)[0]?.tokens as Token[];
    expect(tokens.map(({ end, word }) => [end, word])).toEqual([
      [300, 1_000],
      [301, 2],
      [302, 3],
    ]);
  });

  it("counts code points across units, unless a place says otherwise", () => {
    const made = [
      { text: "😀😀\n", tokens: [] },
      { text: "a😀b", tokens: [{ piece: "b", at: [3, 4] as [number, number] }] },
      { text: "pair", tokens: [], flags: 1 },
    ];
    const { payload, buffers } = packed(made, new Names());
    payload.places.push([2, 0]);
    const units = decode(payload, ...buffers);
    expect(units.map(({ character }) => character)).toEqual([0, 3, 0]);
    const [, unit] = units;
    expect(characters(unit as Unit, unit?.tokens[0] as Token)).toEqual([5, 6]);
  });
});

describe("what is drawn of a unit", () => {
  it("is tokens and the text between them", () => {
    const [unit] = read({
      text: "a b\n",
      tokens: [{ piece: "[CLS]" }, { piece: "a", at: [0, 1] }, { piece: "b", at: [2, 3] }],
    });
    expect(drawn(unit)).toEqual([
      ["", 1],
      ["a", 1],
      [" ", 0],
      ["b", 1],
      ["\n", 0],
    ]);
  });

  it("has tokens that share characters in one part", () => {
    const part = (bytes: string, at: [number, number]) => ({ piece: bytes, at, bytes, flags: 128 });
    const [unit] = read({
      text: "x😀y",
      tokens: [
        { piece: "x", at: [0, 1] },
        part("F09F", [1, 3]),
        part("98", [1, 3]),
        part("80", [1, 3]),
        { piece: "y", at: [3, 4] },
      ],
    });
    expect(drawn(unit)).toEqual([
      ["x", 1],
      ["😀", 3],
      ["y", 1],
    ]);
  });

  it("keeps accents, joined emoji and flags together", () => {
    const one = (piece: string, start: number) => ({
      piece,
      at: [start, start + piece.length] as [number, number],
    });
    const [accent, family, lost] = read(
      { text: "e\u0301a", tokens: [one("e", 0), one("\u0301", 1), one("a", 2)] },
      { text: "👩\u200d👧!", tokens: [one("👩", 0), one("👧", 3), one("!", 5)] },
      { text: "e\u0301", tokens: [one("e", 0)] },
    );
    expect(drawn(accent)).toEqual([
      ["e\u0301", 2],
      ["a", 1],
    ]);
    expect(drawn(family)).toEqual([
      ["👩\u200d👧", 2],
      ["!", 1],
    ]);
    expect(drawn(lost)).toEqual([["e\u0301", 1]]);
  });

  it("draws long runs of padding once, short ones one by one", () => {
    const pads = (count: number) =>
      Array.from({ length: count }, () => ({ piece: "[PAD]", flags: 13 }));
    const [long, short] = read({ text: "", tokens: pads(37) }, { text: "", tokens: pads(8) });
    expect(long?.parts).toHaveLength(1);
    expect(long?.parts[0]?.stops[0]).toHaveLength(37);
    expect(short?.parts).toHaveLength(8);
  });

  it("names a token that begins before the last one ended, or has no width", () => {
    const [unit] = read({
      text: "abc",
      tokens: [{ piece: "abc", at: [0, 3] }, { piece: "[SEP]" }, { piece: "late", at: [1, 2] }],
    });
    expect(unit?.parts.map(({ from }) => from)).toEqual([0, -1, -1]);
    const [empty] = read({
      text: "a",
      tokens: [
        { piece: "▁", at: [0, 0] },
        { piece: "a", at: [0, 1] },
      ],
    });
    expect(empty?.parts.map(({ from }) => from)).toEqual([-1, 0]);
  });
});
