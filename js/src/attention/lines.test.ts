import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Kernel } from "./kernel.ts";
import { LinesCache } from "./lines.ts";
import type { Matrix } from "./model.ts";
import { strongest } from "./strongest.ts";

const lens = { words: false, special: true, renormalize: false };
const matrix: Matrix = { item: 0, kind: "self", layer: 1, heads: [0], lens };

describe("exact rows and columns", () => {
  const asked: { cell: object; signal: AbortSignal; done: () => void }[] = [];
  let cache: LinesCache;

  beforeEach(() => {
    asked.length = 0;
    const lines = (
      _: Matrix,
      cell: { query: number | null; key: number | null },
      signal: AbortSignal,
    ) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        const row = cell.query === null ? undefined : Float32Array.of(cell.query);
        const column = cell.key === null ? undefined : Float32Array.of(cell.key);
        const done = () => resolve({ row, column, hidden: 0.5, rough: false });
        asked.push({ cell, signal, done });
      });
    cache = new LinesCache({ lines } as unknown as Kernel);
  });

  it("are asked for once, and only the half that is missing", async () => {
    const first = cache.get(matrix, { query: 3, key: null });
    asked[0]?.done();
    expect(await first).toMatchObject({ row: Float32Array.of(3), column: undefined, hidden: 0.5 });
    const both = cache.get(matrix, { query: 3, key: 7 });
    expect(asked[1]?.cell).toEqual({ query: null, key: 7 });
    asked[1]?.done();
    expect(await both).toMatchObject({ row: Float32Array.of(3), column: Float32Array.of(7) });
    expect(cache.peek(matrix, { query: 3, key: 7 })?.column?.[0]).toBe(7);
    expect(cache.peek({ ...matrix, layer: 0 }, { query: 3, key: 7 })).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it("are dropped when nobody waits for them any more", async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const waits = [one, other].map(({ signal }) =>
      cache.get(matrix, { query: 1, key: null }, signal),
    );
    const ends = waits.map((wait) =>
      wait.then(
        () => "there",
        () => "gone",
      ),
    );
    expect(asked).toHaveLength(1);
    one.abort();
    expect(await ends[0]).toBe("gone");
    expect(asked[0]?.signal.aborted).toBe(false);
    other.abort();
    expect(await ends[1]).toBe("gone");
    await vi.waitFor(() => expect(asked[0]?.signal.aborted).toBe(true));
    void cache.get(matrix, { query: 1, key: null }).catch(() => {});
    expect(asked).toHaveLength(2);
  });
});

describe("the strongest", () => {
  it("are sorted, without what is no number or too small", () => {
    const values = [0.1, Number.NaN, 0.5, 0, 0.3, 0.5];
    expect(strongest(values, 3)).toEqual([2, 5, 4]);
    expect(strongest(values, 9, 0.2)).toEqual([2, 5, 4]);
    expect(strongest([], 3)).toEqual([]);
  });
});
