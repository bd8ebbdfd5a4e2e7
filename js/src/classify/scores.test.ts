import { describe, expect, it } from "vitest";
import { floats, withScores } from "./scores.ts";

describe("floats", () => {
  it("reads little-endian values at any offset", () => {
    const bytes = new DataView(new ArrayBuffer(9));
    bytes.setFloat32(1, 0.5, true);
    bytes.setFloat32(5, Number.NaN, true);
    expect([...floats(new DataView(bytes.buffer, 1, 8))]).toEqual([0.5, Number.NaN]);
    expect(floats(undefined)).toHaveLength(0);
  });
});

describe("withScores", () => {
  it("gives each row its own", () => {
    const view = new DataView(new Float32Array([1, 2, 3, 4]).buffer);
    const rows = withScores([{ name: "a" }, { name: "b" }], view, 2);
    expect(rows.map(({ name, scores }) => [name, ...scores])).toEqual([
      ["a", 1, 2],
      ["b", 3, 4],
    ]);
  });
});
