import { describe, expect, it } from "vitest";
import { cellAt, clamp, fitted, LARGEST, rangeOf, reveal, zoom } from "./geometry.ts";
import { CORNER, gutter, labelled } from "./labels.ts";
import { covers, plan, STRIPE, stripes, work } from "./plan.ts";
import { hatch, type Piece, raster } from "./raster.ts";

const square = (count: number) => ({
  rows: [0, count] as [number, number],
  columns: [0, count] as [number, number],
});
const size = { width: 400, height: 400 };

describe("what a plot shows", () => {
  it("is everything, in squares, at first", () => {
    const view = fitted(square(100), size);
    expect(view).toEqual({ x: 0, y: 0, sx: 4, sy: 4 });
    expect(rangeOf(view, square(100), size)).toEqual(square(100));
  });

  it("has no absurd cells for one token, and no squares for a word and a book", () => {
    expect(fitted(square(1), size).sx).toBe(LARGEST);
    const view = fitted({ rows: [0, 9], columns: [0, 4000] }, size);
    expect(view.sx).toBeCloseTo(0.1);
    expect(view.sy).toBeCloseTo(400 / 9);
  });

  it("stays where the pointer is when it is zoomed", () => {
    const at = { x: 100, y: 300 };
    const before = fitted(square(400), size);
    const cell = cellAt(before, square(400), at.x, at.y);
    const after = zoom(before, 3, at, square(400), size);
    expect(after.sx).toBeCloseTo(3);
    expect(cellAt(after, square(400), at.x, at.y)).toEqual(cell);
  });

  it("has no empty edge, and ends at all and at what is readable", () => {
    const bounds = square(400);
    expect(clamp({ x: 390, y: -5, sx: 2, sy: 2 }, bounds, size)).toMatchObject({ x: 200, y: 0 });
    expect(zoom({ x: 0, y: 0, sx: 2, sy: 2 }, 0.01, { x: 0, y: 0 }, bounds, size).sx).toBe(1);
    expect(zoom({ x: 0, y: 0, sx: 2, sy: 2 }, 1e6, { x: 0, y: 0 }, bounds, size).sx).toBe(LARGEST);
  });

  it("moves no more than a cell needs", () => {
    const view = { x: 100, y: 100, sx: 10, sy: 10 };
    expect(reveal(view, { query: 120, key: 120 }, square(400), size)).toEqual(view);
    expect(reveal(view, { query: 99, key: 140 }, square(400), size)).toMatchObject({
      x: 101,
      y: 99,
    });
  });

  it("has a block of a pair as its bounds", () => {
    const bounds = {
      rows: [0, 10] as [number, number],
      columns: [10, 30] as [number, number],
    };
    const view = fitted(bounds, size);
    expect(cellAt(view, bounds, 0, 0)).toEqual({ query: 0, key: 10 });
    expect(cellAt(view, bounds, 399, 0)).toEqual({ query: 0, key: 29 });
    expect(cellAt(view, bounds, 10, 399)).toBeUndefined();
  });
});

describe("labels", () => {
  it("leave room for what is in the corner", () => {
    const short = { longest: 10 };
    expect(gutter(short, short, 600, 0, 20).left).toBe(48);
    expect(gutter(short, short, 600, 0, 45).left).toBeGreaterThanOrEqual(45 + CORNER);
    expect(gutter({ longest: 80 }, short, 600, 0, 45).left).toBe(88);
  });

  it("are as many as have room, and the same ones while panning", () => {
    expect(labelled([0, 5], 20, 13)).toEqual([0, 1, 2, 3, 4]);
    expect(labelled([0, 10], 5, 13)).toEqual([0, 3, 6, 9]);
    expect(labelled([1, 10], 5, 13)).toEqual([3, 6, 9]);
  });
});

describe("the picture that is asked for", () => {
  it("is the whole matrix where that is little, so that zooming asks for nothing", () => {
    const want = plan({ rows: [3, 9], columns: [100, 180] }, [512, 512], 1);
    expect(want).toEqual({ level: 0, rows: [0, 512], columns: [0, 512] });
  });

  it("never has more cells than a reply may have bytes", () => {
    for (const count of [513, 4096, 32_768]) {
      for (const part of [1, 0.4, 0.05]) {
        const to = Math.ceil(count * part);
        const range = square(to);
        const { rows, columns, level } = plan(range, [count, count], 1);
        const cells = (rows[1] - rows[0]) * (columns[1] - columns[0]);
        expect(cells).toBeLessThanOrEqual(512 * 512);
        expect(rows[1] * 2 ** level).toBeGreaterThanOrEqual(to);
      }
    }
  });

  it("keeps single queries apart where there are few of them", () => {
    expect(plan({ rows: [0, 5], columns: [0, 5000] }, [5, 5000], 1).level).toBe(0);
  });

  it("is refined by requests of bearable length that leave nothing out", () => {
    const part = plan(square(32_768), [32_768, 32_768], 2);
    const parts = stripes(part, 32_768, 2);
    expect(parts[0]?.[0]).toBe(part.rows[0]);
    expect(parts.at(-1)?.[1]).toBe(part.rows[1]);
    parts.forEach(([from, to], k) => {
      expect(from).toBe(k === 0 ? 0 : parts[k - 1]?.[1]);
      const one = work({ ...part, rows: [from, to] }, 32_768, 2);
      expect(one).toBeLessThanOrEqual(STRIPE);
    });
  });

  it("is there already if a finer one has all of it", () => {
    const have = { level: 1, rows: [0, 50], columns: [0, 50] } as const;
    const want = { level: 1, rows: [0, 20], columns: [0, 20] } as const;
    const part = (each: typeof have | typeof want) => ({
      level: each.level,
      rows: [...each.rows] as [number, number],
      columns: [...each.columns] as [number, number],
    });
    expect(covers(part(have), part(want), square(40))).toBe(true);
    expect(covers(part(have), part(want), square(101))).toBe(false);
    expect(covers(part(have), { ...part(want), level: 0 }, square(40))).toBe(false);
  });
});

describe("pixels", () => {
  const colours = Uint32Array.from({ length: 256 }, (_, k) => k);
  const piece = (cells: number[], across: number, change: Partial<Piece> = {}): Piece => ({
    level: 0,
    rows: [0, cells.length / across],
    columns: [0, across],
    cells: Uint8Array.from(cells),
    exact: true,
    filled: cells.length / across,
    ...change,
  });
  const canvas = (width: number, height = width) => ({
    words: new Uint32Array(width * height).fill(999),
    width,
    height,
  });

  it("of a large cell all have its colour", () => {
    const target = canvas(4);
    raster(target, { x: 0, y: 0, sx: 2, sy: 2 }, square(2), piece([1, 2, 3, 4], 2), colours);
    expect([...target.words]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  });

  it("with several cells have the largest: a thin line does not fade", () => {
    const cells = new Array(64).fill(0);
    cells[3 * 8 + 5] = 200;
    const target = canvas(2);
    raster(target, { x: 0, y: 0, sx: 0.25, sy: 0.25 }, square(8), piece(cells, 8), colours);
    expect([...target.words]).toEqual([0, 200, 0, 0]);
  });

  it("stay as they are where a piece has nothing, or has not been filled", () => {
    const target = canvas(3);
    const part = piece([7, 8, 9, 10], 2, { rows: [1, 3], columns: [1, 3], filled: 1 });
    raster(target, { x: 0, y: 0, sx: 1, sy: 1 }, square(3), part, colours);
    expect([...target.words]).toEqual([999, 999, 999, 999, 7, 8, 999, 999, 999]);
  });

  it("beyond the chosen block are none of the picture", () => {
    const target = canvas(2, 1);
    const bounds = {
      rows: [0, 1] as [number, number],
      columns: [0, 1] as [number, number],
    };
    raster(target, { x: 0, y: 0, sx: 1, sy: 1 }, bounds, piece([5, 6], 2), colours);
    expect([...target.words]).toEqual([5, 999]);
  });

  it("of a coarse piece lie where its units are", () => {
    const target = canvas(4, 1);
    const part = piece([11, 22], 2, { level: 1 });
    raster(target, { x: 1, y: 0, sx: 1, sy: 1 }, square(5), part, colours);
    expect([...target.words]).toEqual([11, 22, 22, 999]);
  });

  it("after the query are hatched, the diagonal is not", () => {
    const target = canvas(3);
    hatch(target, { x: 0, y: 0, sx: 1, sy: 1 }, square(3), 1, 1);
    expect([...target.words]).toEqual([999, 1, 1, 999, 999, 1, 999, 999, 999]);
  });
});
