import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { axis, f16, openedWith, openSection } from "../part-testing.ts";
import {
  dragged,
  geometry,
  HEAD,
  hit,
  ROW,
  revealed,
  rowOf,
  thumb,
  visibleUnits,
} from "./geometry.ts";
import { blocks, brokenOf, linksOf } from "./links.ts";
import arcsPart from "./part.ts";

describe("two columns", () => {
  const range = { rows: [10, 110] as [number, number], columns: [0, 9] as [number, number] };
  const at = geometry(600, range, 0);

  it("reach their end together, however long each is", () => {
    expect(visibleUnits(at, "query")[0]).toBe(10);
    const end = geometry(600, range, Number.MAX_SAFE_INTEGER);
    expect(visibleUnits(end, "query")[1]).toBe(110);
    expect(visibleUnits(end, "key")).toEqual([0, 9]);
    expect(end.scroll).toBe(end.most);
  });

  it("know which token lies where", () => {
    const middle = rowOf(at, "query", 13);
    expect(middle).toBe(HEAD + 3.5 * ROW);
    expect(hit(at, 10, middle)).toEqual({ side: "query", unit: 13 });
    expect(hit(at, at.right + 10, middle)).toEqual({ side: "key", unit: 3 });
    expect(hit(at, (at.left + at.right) / 2, middle)).toBeUndefined();
    expect(hit(at, 10, 3)).toBeUndefined();
    expect(hit(at, at.right + 10, rowOf(at, "key", 9))).toBeUndefined();
  });

  it("scroll no further than to have a token on screen", () => {
    expect(revealed(at, "query", 12)).toBe(0);
    const there = geometry(600, range, revealed(at, "query", 70));
    expect(visibleUnits(there, "query")[1]).toBe(71);
    expect(revealed(there, "query", 70)).toBe(there.scroll);
    const [top, height] = thumb(there);
    expect(dragged(there, top + height / 2)).toBeCloseTo(there.scroll);
  });

  it("are as high as a short text needs", () => {
    const one = geometry(600, { rows: [0, 1], columns: [0, 1] }, 5);
    expect(one).toMatchObject({ height: HEAD + ROW, most: 0, scroll: 0 });
  });
});

describe("lines", () => {
  it("are asked for in blocks of bounded size, that stay the same while one scrolls", () => {
    const range = { rows: [0, 4096] as [number, number], columns: [0, 4096] as [number, number] };
    const first = blocks(range, [40, 68], [40, 68]);
    expect(first).toEqual(blocks(range, [41, 69], [41, 69]));
    expect(first.map(({ rows }) => rows)).toEqual([
      [32, 64],
      [64, 96],
    ]);
    const long = { rows: [0, 32768] as [number, number], columns: [0, 32768] as [number, number] };
    for (const { rows, columns } of blocks(long, [20000, 20030], [20000, 20030])) {
      expect((rows[1] - rows[0]) * (columns[1] - columns[0])).toBeLessThanOrEqual(2 ** 17);
      expect(columns[0]).toBeLessThan(19000);
      expect(columns[1]).toBeGreaterThan(21000);
    }
    const part = { rows: [5, 9] as [number, number], columns: [3, 7] as [number, number] };
    expect(blocks(part, [5, 9], [3, 7])).toEqual([{ rows: [5, 9], columns: [3, 7] }]);
  });

  it("are the strongest of each query; NaN is none", () => {
    const cells = Uint8Array.of(200, 100, 255, 20, 3, 254);
    expect(linksOf(cells, { rows: [5, 7], columns: [10, 13] }, 1)).toEqual([
      { query: 5, key: 10, value: 200 },
      { query: 6, key: 12, value: 254 },
    ]);
    expect(linksOf(cells, { rows: [5, 7], columns: [10, 13] }, 9)).toHaveLength(4);
    expect(brokenOf(cells, { rows: [5, 7], columns: [10, 13] })).toEqual([5]);
  });
});

describe("the arcs", () => {
  let view: ReturnType<typeof openSection>;
  const canvas = () => view.one("canvas");
  const press = (key: string) =>
    canvas().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

  beforeEach(() => {
    vi.useFakeTimers();
    view = openSection(arcsPart, openedWith([axis(["a", "b", "c"])]));
  });
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("ask for what is on screen, once", async () => {
    const question = { level: 0, rows: [0, 3], columns: [0, 3], sample: 0, layer: 0, heads: [0] };
    expect(view.asked("tile")).toMatchObject([question]);
    view.section.layout(500);
    expect(view.asked("tile")).toHaveLength(1);
    view.session.choose({ heads: [0, 1] });
    expect(view.asked("tile")[1]).toMatchObject({ heads: [0, 1] });
  });

  it("show what goes wrong", async () => {
    await view.fail("tile", "no weights");
    expect(view.one("[role=alert]").textContent).toContain("no weights");
    view.one("[role=alert] button").click();
    expect(view.asked("tile")).toHaveLength(2);
  });

  it("are gone through by keys, on both sides", async () => {
    press("ArrowDown");
    expect(view.session.cell).toEqual({ query: 1, key: null });
    await vi.advanceTimersByTimeAsync(40);
    await view.answer("lines", { hidden: 0, rough: false }, [f16([0.5, 0, 0.25])]);
    expect(view.one("[role=status]").textContent).toBe("“b” attends most to: a 0.500 · c 0.250");
    press("ArrowRight");
    expect(view.session.cell).toEqual({ query: null, key: 1 });
    press("Enter");
    press("ArrowLeft");
    expect(view.session.pinned).toEqual({ query: null, key: 1 });
    expect(view.session.cell).toEqual({ query: 1, key: 1 });
    press("Escape");
    expect(view.session.pinned).toBeUndefined();
    press("PageDown");
    expect(view.session.layer).toBe(1);
  });
});
