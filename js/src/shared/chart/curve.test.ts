import { describe, expect, it } from "vitest";
import { binAt, type CurveHead, decode, indexOf, merge, nearest } from "./curve.ts";
import type { Curve } from "./types.ts";

const head = (more: Partial<CurveHead>): CurveHead => ({
  name: "loss",
  first: 0,
  width: 1,
  count: 0,
  dense: true,
  x0: 0,
  ...more,
});

function curve(mean: number[], { first = 0, width = 1, x0 = 1 } = {}): Curve {
  const values = Float32Array.from(mean);
  return {
    first,
    width,
    x: Float64Array.from(mean, (_, k) => x0 + k * width),
    mean: values,
    low: values.map((value) => value - 1),
    high: values.map((value) => value + 1),
  };
}

describe("a curve from the kernel", () => {
  it("has evenly spaced steps, or its own before the values", () => {
    const dense = decode(
      head({ count: 2, width: 4, x0: 9 }),
      new DataView(Float32Array.from([1, 2, 0, 1, 3, 4]).buffer),
    );
    expect([...dense.x]).toEqual([9, 13]);
    expect([[...dense.mean], [...dense.low], [...dense.high]]).toEqual([
      [1, 2],
      [0, 1],
      [3, 4],
    ]);

    const bytes = new ArrayBuffer(24);
    new Float64Array(bytes, 0, 2).set([120, 240]);
    new Float32Array(bytes, 16, 2).set([0.5, Number.NaN]);
    const sparse = decode(head({ count: 2, dense: false }), new DataView(bytes));
    expect([...sparse.x]).toEqual([120, 240]);
    expect([...sparse.mean]).toEqual([0.5, Number.NaN]);
    expect(sparse.low).toBe(sparse.mean);
  });

  it("is read wherever its bytes begin", () => {
    const bytes = new Uint8Array(3 + 8);
    bytes.set(new Uint8Array(Float32Array.from([1.5, 2.5]).buffer), 3);
    const read = decode(head({ count: 2 }), new DataView(bytes.buffer, 3));
    expect([...read.mean]).toEqual([1.5, 2.5]);
  });

  it("is refused when bytes are missing", () => {
    expect(() => decode(head({ count: 3 }), new DataView(new ArrayBuffer(8)))).toThrow("8 bytes");
  });
});

describe("news of a curve", () => {
  it("take the place of the last bin and go on from there", () => {
    const known = curve([1, 2, 3]);
    const merged = merge(known, curve([30, 40], { first: 2, x0: 3 }));
    expect([...(merged?.mean ?? [])]).toEqual([1, 2, 30, 40]);
    expect([...(merged?.x ?? [])]).toEqual([1, 2, 3, 4]);
    expect(merged?.low).toBe(merged?.mean);
    expect([...known.mean]).toEqual([1, 2, 3]);
  });

  it("keep the bands of wide bins", () => {
    const merged = merge(curve([1, 2], { width: 2 }), curve([9], { first: 1, width: 2, x0: 3 }));
    expect([...(merged?.low ?? [])]).toEqual([0, 8]);
    expect([...(merged?.high ?? [])]).toEqual([2, 10]);
  });

  it("replace everything when bins got wider, or nothing was known", () => {
    expect([...(merge(curve([1, 2, 3, 4]), curve([1.5, 3.5], { width: 2 }))?.mean ?? [])]).toEqual([
      1.5, 3.5,
    ]);
    expect([...(merge(undefined, curve([7]))?.mean ?? [])]).toEqual([7]);
  });

  it("do not fit where something in between is missing", () => {
    expect(merge(undefined, curve([5], { first: 3 }))).toBeUndefined();
    expect(merge(curve([1, 2]), curve([5], { first: 3 }))).toBeUndefined();
    expect(merge(curve([1, 2]), curve([5], { first: 1, width: 2 }))).toBeUndefined();
    expect(merge(curve([1, 2]), curve([5], { first: 2, x0: 3 }))?.mean).toHaveLength(3);
  });
});

describe("finding a bin", () => {
  const steps = curve([0, 0, 0, 0], { width: 10, x0: 10 }); // 10, 20, 30, 40

  it("goes by its first step", () => {
    expect([0, 10, 11, 40, 99].map((step) => indexOf(steps.x, step))).toEqual([0, 0, 1, 3, 4]);
    expect([0, 10, 19, 20, 99].map((step) => binAt(steps, step))).toEqual([0, 0, 0, 1, 3]);
    expect([0, 14, 16, 25, 26, 99].map((step) => nearest(steps, step))).toEqual([0, 0, 1, 1, 2, 3]);
  });
});
