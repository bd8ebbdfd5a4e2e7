import { describe, expect, it } from "vitest";
import { clock, short, tickTexts } from "./numbers.ts";
import { logTicks, shown, ticks } from "./ticks.ts";

describe("ticks", () => {
  it("are round numbers inside of the range", () => {
    expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(0.05, 0.62, 3)).toEqual([0.2, 0.4, 0.6]);
    expect(ticks(0, 850, 4)).toEqual([0, 200, 400, 600, 800]);
    expect(ticks(-3, 3, 3)).toEqual([-2, 0, 2]);
  });

  it("of a single value are that value; of nothing, none", () => {
    expect(ticks(3, 3, 4)).toEqual([3]);
    expect(ticks(Number.NaN, Number.NaN, 4)).toEqual([]);
  });

  it("of a log scale are powers of ten, finer where there are few", () => {
    expect(logTicks(0.001, 1000, 7)).toEqual([0.001, 0.01, 0.1, 1, 10, 100, 1000]);
    expect(logTicks(0.1, 10, 6)).toEqual([0.1, 0.2, 0.5, 1, 2, 5, 10]);
    expect(logTicks(1e-9, 1e9, 4).length).toBeLessThanOrEqual(5);
    expect(logTicks(2, 3, 3).length).toBeGreaterThan(1);
    expect(logTicks(0, 3, 3)).toEqual([]);
  });

  it("leave air around values, begin at 0 where that is near, never below for what is not", () => {
    const [low, high] = shown([0.1, 2], false);
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(2);
    const near = shown([0.8, 0.9], false);
    expect(near[0]).toBeGreaterThan(0.75);
    expect(shown([2, 2], false)[0]).toBeLessThan(2);
    expect(shown([0, 0], false)).toEqual([0, 1]);
    expect(shown(undefined, false)).toEqual([0, 1]);
    expect(shown([0.5, 0.5], true)).toEqual([0.25, 1]);
  });
});

describe("numbers", () => {
  it("are powers on an axis where they are beyond all words", () => {
    expect(tickTexts([5e29, 1e30], "en")).toEqual(["5e29", "1e30"]);
  });

  it("are short, in the reader's language", () => {
    expect(short(0.012345, "en")).toBe("0.01235");
    expect(short(0.012345, "de")).toBe("0,01235");
    expect(short(12345.6, "en")).toBe("12,346");
    expect(short(12345.6, "de")).toBe("12.346");
    expect(short(0.000025, "en", 3)).toBe("2.5e-5");
    expect(short(0.000025, "de", 3)).toBe("2,5e-5");
    expect(short(1.25e9, "en")).toBe("1.25e9");
    expect(short(0, "en")).toBe("0");
    expect(short(0.5, "en", 4, true)).toBe("0.5000");
  });

  it("say what is no number", () => {
    expect([Number.NaN, 1 / 0, -1 / 0].map((value) => short(value, "en"))).toEqual([
      "NaN",
      "∞",
      "−∞",
    ]);
  });

  it("at an axis have the digits in which they differ", () => {
    expect(tickTexts([0, 0.5, 1], "en")).toEqual(["0.0", "0.5", "1.0"]);
    expect(tickTexts([0.85, 0.9], "de")).toEqual(["0,85", "0,90"]);
    expect(tickTexts([0, 2e-5, 4e-5], "en")).toEqual(["0", "2e-5", "4e-5"]);
    expect(tickTexts([0, 20000, 40000], "en")).toEqual(["0", "20,000", "40,000"]);
    expect(tickTexts([0, 2e5, 4e5], "de")).toEqual(["0k", "200k", "400k"]);
    expect(tickTexts([0.001, 1, 1000], "en")).toEqual(["0.001", "1", "1,000"]);
    expect(tickTexts([], "en")).toEqual([]);
  });

  it("of time are minutes, hours where there are any", () => {
    expect([7, 192, 3723, 59.6, -3].map(clock)).toEqual([
      "0:07",
      "3:12",
      "1:02:03",
      "1:00",
      "0:00",
    ]);
  });
});
