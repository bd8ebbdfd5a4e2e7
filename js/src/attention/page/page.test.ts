// @vitest-environment node
import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Answers } from "./answers.ts";
import { fromBase64, inflate, type PageData } from "./data.ts";
import { half, levelFor, pool, rowReader, weightsOf } from "./pool.ts";

// Two heads of 3 x 3.
const cells = Uint8Array.of(254, 0, 10, 127, 255, 20, 1, 2, 30, 0, 0, 10, 127, 1, 20, 1, 2, 40);
const layer = { height: 3, width: 3, cells };

describe("bytes of a page", () => {
  it("are unpacked, in both formats", async () => {
    for (const pack of [gzipSync, deflateRawSync]) {
      const packed = fromBase64(pack(cells).toString("base64"));
      expect(await inflate(packed)).toEqual(cells);
    }
  });

  it("are pooled by the largest", () => {
    expect([...pool(layer, [0], 1, [0, 2], [0, 2])]).toEqual([255, 20, 2, 30]);
    expect([...pool(layer, [1], 1, [1, 2], [1, 2])]).toEqual([40]);
    expect([...pool(layer, [0], 0, [1, 3], [1, 3])]).toEqual([255, 20, 2, 30]);
    expect([2, 3, 1].map((size) => levelFor(layer, size))).toEqual([1, 0, 2]);
  });

  it("are averaged as weights, not as roots; what is no number stays none", () => {
    const mean = rowReader(layer, [0, 1]);
    expect([...mean(0)]).toEqual([Math.round(254 * Math.sqrt(0.5)), 0, 10]);
    expect(mean(1)[1]).toBe(255);
    expect([...weightsOf(layer, [0], { query: 0 })].map((x) => x.toFixed(4))).toEqual([
      "1.0000",
      "0.0000",
      "0.0016",
    ]);
    expect(weightsOf(layer, [0], { key: 1 })[1]).toBeNaN();
  });

  it("are halves to the kernel's reader", () => {
    expect([1, 0.5, 0, 2 ** -15].map(half)).toEqual([0x3c00, 0x3800, 0, 0x200]);
    expect(half(Number.NaN)).toBe(0x7e00);
  });
});

describe("a page", () => {
  const one = { heads: [0, 1], height: 3, width: 3, data: gzipSync(cells).toString("base64") };
  const data = {
    opened: { axes: [] },
    flags: ["AQI="],
    panes: [
      {
        kind: "self",
        layers: [
          { ...one, layer: 3 },
          { ...one, layer: 5, height: 4 },
        ],
      },
    ],
    stats: {},
  } as unknown as PageData;
  const answers = new Answers(data);
  const matrix = { kind: "self", layer: 0, heads: [1] };
  const bytes = (view: DataView | undefined) =>
    view ? [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)] : undefined;

  it("answers what a kernel would", async () => {
    const opened = await answers.answer("open", {});
    expect([opened[0], bytes(opened[1][0])]).toEqual([{ axes: [], can: { stats: false } }, [1, 2]]);
    const where = { level: 1, rows: [0, 2], columns: [1, 2] };
    const tile = await answers.answer("tile", { ...matrix, ...where });
    expect(tile[0]).toEqual({ height: 2, width: 1, exact: true });
    expect(bytes(tile[1][0])).toEqual([20, 40]);
    const thumbs = await answers.answer("thumbs", { kind: "self", layers: [0, 1], size: 2 });
    expect(thumbs[0]).toEqual({ height: 2, width: 2, exact: true });
    expect(bytes(thumbs[1][0])).toEqual([255, 20, 2, 30, 127, 20, 2, 40]);
    const lines = await answers.answer("lines", { ...matrix, query: 1, key: 2 });
    expect(lines[0]).toEqual({ hidden: 0, rough: true });
    expect(lines[1].map(({ byteLength }) => byteLength)).toEqual([6, 6]);
    expect((await answers.answer("stats", { kind: "self", layers: [0, 1] }))[0]).toMatchObject({
      names: [],
    });
  });

  it("says how much of a query it does not show: the mean of the heads", async () => {
    // Halves: 0.5 and 0.25 at query 1 of the two heads.
    const bits = Uint16Array.of(0, 0x3800, 0, 0, 0x3400, 0);
    const hidden = Buffer.from(bits.buffer).toString("base64");
    const some = { ...data, panes: [{ kind: "self", layers: [{ ...one, layer: 0, hidden }] }] };
    const page = new Answers(some as PageData);
    const share = async (heads: number[], query: number | null) => {
      const asked = { ...matrix, heads, query, key: 0 };
      return (await page.answer("lines", asked))[0] as { hidden: number };
    };
    expect((await share([0, 1], 1)).hidden).toBe(0.375);
    expect((await share([1], 1)).hidden).toBe(0.25);
    expect((await share([1], 0)).hidden).toBe(0);
    expect((await share([1], null)).hidden).toBe(0);
  });

  it("offers statistics where it has some", async () => {
    const stats = { self: { names: [], heads: 2, exact: true, values: "" } };
    const opened = await new Answers({ ...data, stats }).answer("open", {});
    expect(opened[0]).toMatchObject({ can: { stats: true } });
  });

  it("says what it has not, and what is broken", async () => {
    const ask = (layer: number) =>
      answers.answer("lines", { ...matrix, layer, query: 0, key: null });
    await expect(ask(1)).rejects.toThrow("damaged");
    await expect(ask(2)).rejects.toThrow("no layer 2");
    await expect(answers.answer("attribute", {})).rejects.toThrow("attribute");
  });
});
