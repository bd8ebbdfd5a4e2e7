import { describe, expect, it } from "vitest";
import type { Pane } from "../model.ts";
import { arrange, boxOf, indexAt, onScreen, towards } from "./arrange.ts";
import { markOf } from "./marks.ts";
import { chunk, sizeFor } from "./thumbs.ts";

const pane = (...heads: number[]): Pane => ({
  kind: "self",
  heads,
  layers: heads.map((_, k) => String(k)),
  queries: 0,
  keys: 0,
  causal: false,
  nan: false,
});
const twelve = pane(...Array(12).fill(12));

describe("the places of heads", () => {
  it("are rows of layers, as large as there is room", () => {
    const wide = arrange(twelve, 540, 1, 600);
    const narrow = arrange(twelve, 360, 1, 300);
    expect([wide.columns, wide.places.length]).toEqual([12, 144]);
    expect(wide.side).toBeGreaterThan(narrow.side);
    expect(wide.width).toBeLessThanOrEqual(540);
    expect(narrow.width).toBeLessThanOrEqual(360);
    expect(arrange(pane(1, 1), 540, 1, 600).side).toBe(56);
    expect(arrange(pane(32, 32), 300, 1, 600).side).toBe(16);
  });

  it("leave room for a scroll bar only where there is one", () => {
    const free = arrange(twelve, 400, 1, 1000);
    const bound = arrange(twelve, 400, 1, 100);
    expect(400 - free.width).toBeLessThan(15);
    expect(400 - bound.width).toBeGreaterThanOrEqual(14);
  });

  it("are flat where there are fewer queries than keys", () => {
    const { side, rise } = arrange(twelve, 540, 0.5, 600);
    expect(rise).toBe(Math.round(side / 2));
    expect(arrange(twelve, 540, 0.001, 600).rise).toBe(14);
    expect(arrange(twelve, 540, 5, 600).rise).toBe(arrange(twelve, 540, 1, 600).side);
  });

  it("are found under the pointer, but not where a layer has no such head", () => {
    const grid = arrange(pane(2, 3), 300, 1, 600);
    for (const index of [0, 1, 3, 5]) {
      const { x, y } = boxOf(grid, index);
      expect(indexAt(grid, x + 3, y + 3)).toBe(index);
    }
    const { x, y } = boxOf(grid, 2);
    expect(indexAt(grid, x + 3, y + 3)).toBeUndefined();
    expect(indexAt(grid, 2, 2)).toBeUndefined();
  });

  it("on screen are the rows on screen", () => {
    const grid = arrange(pane(...Array(40).fill(8)), 400, 1, 300);
    const [from, to] = onScreen(grid, 10 * grid.down, 100);
    expect(from % 8).toBe(0);
    expect(from).toBeLessThanOrEqual(80);
    expect(from).toBeGreaterThan(60);
    expect(to - from).toBeLessThan(8 * (100 / grid.down + 3));
    expect(onScreen(grid, 0, 1e6)).toEqual([0, 320]);
  });

  it("are reached by keys; what is missing is passed over", () => {
    const grid = arrange(pane(3, 1, 3), 300, 1, 600);
    expect(towards(grid, 0, "ArrowRight")).toBe(1);
    expect(towards(grid, 2, "ArrowRight")).toBe(2);
    expect(towards(grid, 3, "ArrowRight")).toBe(3);
    expect(towards(grid, 2, "ArrowDown")).toBe(8);
    expect(towards(grid, 6, "ArrowUp")).toBe(3);
    expect(towards(grid, 0, "ArrowUp")).toBe(0);
    expect([towards(grid, 4, "Home"), towards(grid, 4, "End")]).toEqual([0, 8]);
    expect(towards(grid, 0, "x")).toBeUndefined();
  });

  it("follow a ranking, with room for names", () => {
    const ranking = [
      { layer: 1, head: 0 },
      { layer: 0, head: 1 },
    ];
    const grid = arrange(pane(2, 2), 200, 1, 600, ranking);
    expect(grid.places).toEqual(ranking);
    expect(grid.down).toBeGreaterThan(grid.rise + 10);
  });
});

describe("thumbnails", () => {
  it("are no larger than seen, and a first screen no larger than half a megabyte", () => {
    expect(sizeFor(30, 12)).toBe(48);
    expect(sizeFor(500, 4)).toBe(64);
    for (const count of [144, 400, 1024]) {
      expect(count * sizeFor(64, count) ** 2).toBeLessThanOrEqual(450_000);
    }
  });

  it("come in chunks: the first that are missing, next to each other", () => {
    const has = (layer: number) => layer === 2;
    expect(chunk([1, 2, 3, 4], has, 50_000, 9)).toEqual([1, 2]);
    expect(chunk([3, 4, 5, 6, 7, 8], has, 50_000, 9)).toEqual([3, 7]);
    expect(chunk([3, 4], has, 900_000, 9)).toEqual([3, 4]);
    expect(chunk([2], has, 1, 9)).toBeUndefined();
  });
});

describe("marks", () => {
  it("are for what is clear, the clearest first", () => {
    const mark = (values: Record<string, number>) => markOf((name) => values[name]);
    expect(mark({ previous: 0.49, first: 0.59 })).toBeUndefined();
    expect(mark({ previous: 0.5 })).toBe("previous");
    expect(mark({ first: 0.65, induction: 0.9 })).toBe("induction");
    expect(mark({ entropy: 9 })).toBeUndefined();
  });
});
