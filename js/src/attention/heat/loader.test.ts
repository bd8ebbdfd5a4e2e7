import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Context } from "../context.ts";
import type { Picture, TileRequest } from "../kernel.ts";
import type { Matrix, Opened } from "../model.ts";
import { Session } from "../session.ts";
import { Loader } from "./loader.ts";

interface Asked extends TileRequest {
  matrix: Matrix;
  signal: AbortSignal;
  reply(byte: number): Promise<void>;
  fail(error: Error): Promise<void>;
}

function opened(count: number): Opened {
  const axis = { name: "text" as const, count, labels: [], pieces: [], split: null };
  const pane = { kind: "self" as const, heads: [4, 4], layers: ["0", "1"], queries: 0, keys: 0 };
  return {
    axes: [axis],
    panes: [{ ...pane, causal: false, nan: false }],
    notes: [],
    can: { words: true, special: true, neuron: false, attribution: [], export: [] },
  };
}

describe("Loader", () => {
  let asked: Asked[];
  let session: Session;
  let loader: Loader;
  let kept: Picture[];
  const settle = async () => {
    for (let k = 0; k < 20; k++) await Promise.resolve();
  };

  function start(count: number): void {
    asked = [];
    kept = [];
    session = new Session();
    session.open(opened(count), []);
    const tile = (matrix: Matrix, request: TileRequest, signal: AbortSignal) =>
      new Promise<Picture>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        const height = request.rows[1] - request.rows[0];
        const width = request.columns[1] - request.columns[0];
        const reply = (byte: number) => {
          const cells = new Uint8Array(height * width).fill(byte);
          resolve({ height, width, exact: request.sample === 0, cells });
          return settle();
        };
        const fail = (error: Error) => {
          reject(error);
          return settle();
        };
        asked.push({ ...request, matrix, signal, reply, fail });
      });
    const kernel = {
      tile,
      known: () => undefined,
      keep: (_: Matrix, __: TileRequest, picture: Picture) => kept.push(picture),
    };
    loader = new Loader({ session, kernel } as unknown as Context, () => {});
  }
  const last = () => asked.at(-1) as Asked;

  beforeEach(() => start(100));

  it("asks for a short text once, and for nothing more when it is zoomed", async () => {
    loader.want(session.bounds);
    expect(asked).toMatchObject([{ level: 0, rows: [0, 100], sample: 0 }]);
    await last().reply(80);
    expect(loader.at({ query: 99, key: 0 })).toEqual({ byte: 80, units: 1, exact: true });
    loader.want({ rows: [10, 20], columns: [3, 9] });
    expect(asked).toHaveLength(1);
    expect([loader.busy, loader.progress, loader.complete]).toEqual([false, undefined, true]);
  });

  it("shows the picture before until the next one is there, but reads no values from it", async () => {
    loader.want(session.bounds);
    await last().reply(80);
    session.layer = 1;
    loader.want(session.bounds);
    expect(loader.stale).toBe(true);
    expect(loader.pieces).toHaveLength(1);
    expect(loader.at({ query: 0, key: 0 })).toBeUndefined();
    await last().reply(7);
    expect(loader.stale).toBe(false);
    expect(loader.at({ query: 0, key: 0 })?.byte).toBe(7);
    expect([loader.pieces.length, loader.count]).toEqual([1, 2]);
  });

  it("drops what nobody wants any more", async () => {
    loader.want(session.bounds);
    const [first] = asked;
    session.layer = 1;
    loader.want(session.bounds);
    expect(first?.signal.aborted).toBe(true);
    await first?.reply(1);
    expect(loader.pieces).toHaveLength(0);
    await last().reply(2);
    expect(loader.pieces[0]?.cells[0]).toBe(2);
  });

  it("has no picture of other units", async () => {
    loader.want(session.bounds);
    await last().reply(80);
    session.lens = { ...session.lens, words: true };
    session.open(opened(70), []);
    loader.want(session.bounds);
    expect(loader.pieces).toHaveLength(0);
    expect(last()).toMatchObject({ rows: [0, 70] });
  });

  it("shows no picture of another head where the right one failed", async () => {
    loader.want(session.bounds);
    await last().reply(80);
    session.layer = 1;
    loader.want(session.bounds);
    await last().fail(new Error("no memory"));
    expect(loader.pieces).toHaveLength(0);
  });

  it("says what failed, and asks anew when told to", async () => {
    loader.want(session.bounds);
    await last().fail(new Error("no memory"));
    expect(loader.failure).toEqual(new Error("no memory"));
    loader.retry();
    expect([loader.failure, asked.length]).toEqual([undefined, 2]);
    await last().reply(3);
    expect(loader.complete).toBe(true);
  });

  describe("of a long text", () => {
    beforeEach(() => start(8192));

    it("looks roughly first, then exactly, one request after the other", async () => {
      loader.want(session.bounds);
      expect(asked).toMatchObject([{ level: 4, sample: 2, rows: [0, 512] }]);
      await last().reply(10);
      expect(loader.at({ query: 0, key: 0 })).toMatchObject({ byte: 10, exact: false });
      expect(asked).toHaveLength(2);
      expect(last()).toMatchObject({ sample: 0, rows: [0, 64] });
      expect(loader.progress).toBe(0);
      await last().reply(20);
      expect(loader.at({ query: 0, key: 0 })).toMatchObject({ byte: 20, exact: true, units: 16 });
      expect(loader.at({ query: 8000, key: 0 })).toMatchObject({ byte: 10, exact: false });
      expect([asked.length, loader.progress]).toEqual([3, 0.125]);
      while (loader.busy) await last().reply(20);
      expect(asked).toHaveLength(9);
      expect(loader.complete).toBe(true);
      expect(loader.progress).toBeUndefined();
      expect(kept[0]?.cells).toHaveLength(512 * 512);
    });

    it("stops when it is told to, and stays rough", async () => {
      loader.want(session.bounds);
      await last().reply(10);
      loader.stop();
      await settle();
      expect([loader.busy, loader.complete, asked.length]).toEqual([false, false, 2]);
      expect(last().signal.aborted).toBe(true);
    });

    it("turns to what the reader looks at now", async () => {
      vi.useFakeTimers();
      loader.want(session.bounds);
      await asked[0]?.reply(10);
      loader.want({ rows: [0, 200], columns: [0, 200] });
      loader.want({ rows: [0, 100], columns: [0, 100] });
      vi.advanceTimersByTime(100);
      vi.useRealTimers();
      expect(asked[1]?.signal.aborted).toBe(true);
      expect(asked).toHaveLength(3);
      expect(last()).toMatchObject({ level: 0, sample: 0 });
    });
  });
});
