import { describe, expect, it } from "vitest";
import { byteOf, ramp, share, weightOf } from "./colours.ts";
import { Memory } from "./memory.ts";
import { nameOf } from "./names.ts";

const lightness = (word: number) => {
  const [r, g, b] = [word & 255, (word >> 8) & 255, (word >> 16) & 255];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

describe("colours", () => {
  it("grow with the weight on every scale", () => {
    for (const scale of ["linear", "root", "log"] as const) {
      expect(share(0, scale)).toBe(0);
      expect(share(254, scale)).toBe(1);
      for (let byte = 1; byte < 255; byte++) {
        expect(share(byte, scale)).toBeGreaterThanOrEqual(share(byte - 1, scale));
      }
    }
    expect(share(byteOf(0.25), "linear")).toBeCloseTo(0.25, 2);
    expect(share(byteOf(0.25), "root")).toBeCloseTo(0.5, 2);
    expect(share(byteOf(0.01), "log")).toBeCloseTo(0.5, 1);
  });

  it("begin with the ground, become darker all the way, and end with what is no number", () => {
    const stops: [number, number, number][] = [
      [0.6, 0, -0.1],
      [0.2, 0, -0.07],
    ];
    const colours = ramp([255, 255, 255], stops, "root", [200, 0, 0]);
    expect(colours[0]).toBe(0xffffffff);
    expect(colours[255]).toBe(0xff0000c8);
    for (let byte = 1; byte < 255; byte++) {
      const before = lightness(colours[byte - 1] as number);
      expect(lightness(colours[byte] as number)).toBeLessThanOrEqual(before + 0.5);
    }
  });

  it("are of bytes that tell weights within a hundredth", () => {
    for (const weight of [0, 0.001, 0.3, 0.777, 1]) {
      expect(Math.abs(weightOf(byteOf(weight)) - weight)).toBeLessThan(0.005);
    }
    expect(byteOf(Number.NaN)).toBe(255);
    expect(weightOf(255)).toBeNaN();
  });
});

describe("names of units", () => {
  const axis = (labels: string[], pieces: (string | null)[]) => ({
    name: "text" as const,
    count: labels.length,
    labels,
    pieces,
    split: null,
  });

  it("fit in a line and show something", () => {
    const some = axis(["sat", "", " ", "a\nb", "\u0007", "x".repeat(500)], [null, "##", null]);
    expect([0, 1, 2, 3, 4].map((unit) => nameOf(some, unit))).toEqual([
      "sat",
      "##",
      "␣",
      "a⏎b",
      "␇",
    ]);
    expect(nameOf(some, 5)).toHaveLength(61);
    expect(nameOf(some, 99)).toBe("∅");
  });
});

describe("Memory", () => {
  it("forgets what was not used for longest", () => {
    const memory = new Memory<number>(10, (value) => value);
    memory.set("a", 4);
    memory.set("b", 4);
    memory.get("a");
    memory.set("c", 4);
    expect([memory.get("a"), memory.get("b"), memory.get("c")]).toEqual([4, undefined, 4]);
    memory.set("huge", 99);
    expect([memory.get("a"), memory.get("huge")]).toEqual([undefined, 99]);
  });
});
