import { describe, expect, it } from "vitest";
import { binsIn, extent, frameOf, valuesOf } from "./geometry.ts";
import { markersAt, neighbour, readingAt } from "./reading.ts";
import type { Curve, Series, SeriesStyle } from "./types.ts";
import { Zoom } from "./zoom.ts";

function curve(mean: number[], x0 = 1, by = 1): Curve {
  const values = Float32Array.from(mean);
  const x = Float64Array.from(mean, (_, k) => x0 + k * by);
  return { first: 0, width: 1, x, mean: values, low: values, high: values };
}
const series = (name: string, style: SeriesStyle = "line"): Series => ({
  name,
  label: name,
  colour: 0,
  style,
  curve: () => undefined,
});
const box = { left: 40, top: 10, right: 440, bottom: 210 };

describe("from values to pixels", () => {
  it("is linear, and back", () => {
    const frame = frameOf(box, [0, 100], [0, 2], false);
    expect([frame.toX(0), frame.toX(100), frame.toY(0), frame.toY(2), frame.toY(1)]).toEqual([
      40, 440, 210, 10, 110,
    ]);
    expect(frame.toStep(240)).toBe(50);
  });

  it("goes by ratios on a log scale, where 0 has no place", () => {
    const frame = frameOf(box, [0, 100], [0.01, 100], true);
    expect(frame.toY(1)).toBeCloseTo(110);
    expect(frame.toY(0)).toBeNaN();
    expect(frame.toY(-1)).toBeNaN();
  });

  it("survives a single step and a single value", () => {
    const frame = frameOf(box, [3, 3], [1, 1], false);
    expect([frame.toX(3), frame.toY(1)].every(Number.isFinite)).toBe(true);
  });
});

describe("what is on screen", () => {
  it("has a neighbour on either side", () => {
    const steps = curve(Array(100).fill(0));
    expect(binsIn(steps, [10, 20])).toEqual([8, 20]);
    expect(binsIn(steps, [-5, 500])).toEqual([0, 100]);
  });

  it("has least and greatest, whatever is no number", () => {
    const values = Float32Array.from([3, Number.NaN, 1, Number.POSITIVE_INFINITY, 2]);
    expect(extent(values, values, [0, 5], false)).toEqual([1, 3]);
    expect(extent(values, values, [1, 2], false)).toBeUndefined();
    const signed = Float32Array.from([-1, 0, 0.5, 4]);
    expect(extent(signed, signed, [0, 4], true)).toEqual([0.5, 4]);
  });

  it("is not pressed flat by what is in the background", () => {
    const smooth = curve([1, 1.1, 1.2, 1.1]);
    const raw = curve([1, 900, 1.2, 1]);
    const high = (style: SeriesStyle) =>
      valuesOf(
        [
          { curve: smooth, style: "line" },
          { curve: raw, style },
        ],
        [0, 5],
        false,
      )[1];
    expect(high("faint")).toBeLessThan(3);
    expect(high("line")).toBeGreaterThan(900);
  });

  it("is a range even where there is nothing", () => {
    expect(valuesOf([], [0, 1], false)).toEqual([0, 1]);
    expect(valuesOf([{ curve: curve([Number.NaN]), style: "line" }], [0, 2], true)).toEqual([
      0.1, 1,
    ]);
  });
});

describe("what the crosshair reads", () => {
  const loss = { series: series("loss"), curve: curve([5, 4, 3, 2, 1]) };
  const valid = { series: series("valid", "points"), curve: curve([9], 4) };

  it("is at the nearest step, points only where they are near", () => {
    const near = readingAt([loss, valid], 4.2, 0.5);
    expect(near?.step).toBe(4);
    expect(near?.values.map(({ mean }) => mean)).toEqual([2, 9]);
    const far = readingAt([loss, valid], 1.9, 0.5);
    expect(far?.values.map(({ mean }) => mean)).toEqual([4]);
    expect(readingAt([], 3, 1)).toBeUndefined();
  });

  it("goes from bin to bin, and stays inside", () => {
    expect(neighbour([valid, loss], 3, 1)).toBe(4);
    expect(neighbour([valid, loss], 3, -20)).toBe(1);
    expect(neighbour([], 3, 1)).toBeUndefined();
  });

  it("knows what happened near", () => {
    const marker = { step: 10, label: "Pause", kind: "command" as const };
    expect(markersAt([marker], 12, 2)).toEqual([marker]);
    expect(markersAt([marker], 13, 2)).toEqual([]);
  });
});

describe("the zoom", () => {
  it("follows what grows until a reader looks at a part", () => {
    const zoom = new Zoom();
    let told = 0;
    zoom.on(() => told++);
    zoom.extend(1, 100);
    zoom.extend(1, 200);
    expect([zoom.range, told]).toEqual([[1, 200], 2]);
    zoom.look([50, 80]);
    zoom.extend(1, 300);
    expect([zoom.range, zoom.zoomed, told]).toEqual([[50, 80], true, 3]);
    zoom.reset();
    expect([zoom.range, zoom.zoomed]).toEqual([[1, 300], false]);
  });

  it("stays inside, is never narrower than two steps, and is none where it shows everything", () => {
    const zoom = new Zoom();
    zoom.extend(0, 100);
    zoom.look([-50, 20]);
    expect(zoom.range).toEqual([0, 70]);
    zoom.look([99.9, 99.95]);
    expect(zoom.range).toEqual([98, 100]);
    zoom.scale(1e6, 50);
    expect(zoom.zoomed).toBe(false);
    zoom.scale(0.5, 20);
    expect(zoom.range).toEqual([10, 60]);
  });
});
