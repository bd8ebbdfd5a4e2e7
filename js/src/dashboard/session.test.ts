import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Channel } from "../shared/protocol.ts";
import { fakeModel } from "../shared/testing.ts";
import type { CommandEvent, Delta, Opened, Row } from "./model.ts";
import { type Change, Session } from "./session.ts";
import { deltaWith, openedWith, sent } from "./testing.ts";

const row = (epoch: number): Row => ({
  kind: "epoch",
  epoch,
  step: 120 * (epoch + 1),
  seconds: 60,
  values: { valid_loss: 0.5 },
});
const pause: CommandEvent = {
  kind: "command",
  step: 9,
  time: 1,
  command: "pause",
  values: {},
  by: "reader",
  applied: true,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function start(opened: Partial<Opened> = {}, curves: [object, DataView][] = []) {
  const fake = fakeModel({});
  const channel = new Channel(fake.model);
  const session = new Session(channel);
  const told: Change[] = [];
  for (const change of ["opened", "curves", "epochs", "log", "asked", "failure"] as const) {
    session.on(change, () => told.push(change));
  }
  const asked = (type: string) => fake.sent.filter((one) => one.type === type);
  const answer = async (type: string, ok: object, buffers: DataView[] = []) => {
    fake.receive({ id: asked(type).at(-1)?.id, ok }, buffers);
    await vi.advanceTimersByTimeAsync(0);
  };
  const open = (curves: [object, DataView][], more: Partial<Opened> = {}) =>
    answer(
      "open",
      openedWith({ curves: curves.map(([head]) => head) as Opened["curves"], ...more }),
      curves.map(([, buffer]) => buffer),
    );
  const push = (delta: Partial<Delta>, curves: [object, DataView][] = []) =>
    fake.receive(
      deltaWith({ curves: curves.map(([head]) => head) as Delta["curves"], ...delta }),
      curves.map(([, buffer]) => buffer),
    );
  void session.open();
  await open(curves, opened);
  return { ...fake, session, told, asked, answer, open, push };
}
const values = (session: Session, name = "loss") => [...(session.curves.get(name)?.mean ?? [])];

describe("the session", () => {
  it("opens once, then takes what comes", async () => {
    const { session, push, asked, told } = await start({}, [sent("loss", [3, 2])]);
    expect([values(session), session.zoom.whole]).toEqual([
      [3, 2],
      [1, 160],
    ]);
    push({ epochs: [row(0)], progress: { step: 170 } }, [
      sent("loss", [2, 1.5], { first: 1, x0: 2 }),
      sent("lr", [0.5]),
    ]);
    expect(values(session)).toEqual([3, 2, 1.5]);
    expect(values(session, "lr")).toEqual([0.5]);
    expect(session.epochs).toHaveLength(1);
    expect([session.progress.step, session.info?.seconds]).toEqual([170, 76]);
    expect(session.zoom.whole[1]).toBe(170);
    expect(told).toEqual(["opened", "curves", "epochs"]);
    expect(asked("open")).toHaveLength(1);
  });

  it("takes wider bins as a whole", async () => {
    const { session, push, asked } = await start({}, [sent("loss", [4, 3, 2, 1])]);
    push({}, [sent("loss", [3.5, 1.5], { width: 2 })]);
    expect(values(session)).toEqual([3.5, 1.5]);
    expect(session.curves.get("loss")?.width).toBe(2);
    expect(asked("open")).toHaveLength(1);
  });

  it("opens again where something in between is missing: bins, rows, events", async () => {
    for (const [delta, curves] of [
      [{}, [sent("loss", [1], { first: 7, x0: 8 })]],
      [{ epochs: [row(4)], epochs_at: 4 }, []],
      [{ log: [pause], log_at: 2 }, []],
    ] as [Partial<Delta>, [object, DataView][]][]) {
      const { session, push, asked, open } = await start({}, [sent("loss", [3, 2])]);
      push(delta, curves);
      push({}, [sent("loss", [9], { first: 2, x0: 3 })]); // will be in the answer
      expect(asked("open")).toHaveLength(2);
      await open([sent("loss", [3, 2, 1, 0.5])]);
      expect(values(session)).toEqual([3, 2, 1, 0.5]);
    }
  });

  it("does not double what an opened page has already", async () => {
    const { session, push } = await start({ epochs: [row(0)], log: [pause] });
    push({ epochs: [row(0), row(1)], log: [pause, { ...pause, command: "resume" }] });
    expect(session.epochs.map(({ epoch }) => epoch)).toEqual([0, 1]);
    expect(session.log).toHaveLength(2);
  });

  it("tells why it could not open, and opens again", async () => {
    const fake = fakeModel({});
    const session = new Session(new Channel(fake.model));
    void session.open();
    fake.receive({ id: fake.sent[0]?.id, error: "the store is locked" });
    await vi.advanceTimersByTimeAsync(0);
    expect(String(session.failure)).toContain("the store is locked");
    void session.open();
    expect(session.failure).toBeUndefined();
    expect(fake.sent).toHaveLength(2);
  });
});

describe("commands", () => {
  it("are asked for until the log says that they came about", async () => {
    const { session, push, asked, answer } = await start();
    session.command("pause");
    expect(asked("command")).toMatchObject([{ command: "pause", values: {} }]);
    await answer("command", {});
    expect(session.asked.get("pause")).toEqual({ state: "asked" });
    push({ status: "paused", log: [pause] });
    expect(session.asked.get("pause")).toBeUndefined();
  });

  it("of one layer group say nothing about another", async () => {
    const { session, push } = await start();
    session.command("freeze", { group: 0 });
    session.command("freeze", { group: 1 });
    push({ log: [{ ...pause, command: "freeze", values: { group: 1 } }] });
    expect(session.asked.get("freeze", { group: 0 })).toEqual({ state: "asked" });
    expect(session.asked.get("freeze", { group: 1 })).toBeUndefined();
  });

  it("are refused by the training, or by the kernel", async () => {
    const { session, push, receive, asked } = await start();
    session.command("checkpoint");
    const why = { en: "The disk is full.", de: "Die Platte ist voll." };
    push({ log: [{ ...pause, command: "checkpoint", applied: false, why }] });
    expect(session.asked.get("checkpoint")).toEqual({ state: "refused", why });
    session.forgive("checkpoint");
    expect(session.asked.refusals).toEqual([]);
    session.command("evaluate");
    receive({ id: asked("command").at(-1)?.id, error: "It has ended." });
    await vi.advanceTimersByTimeAsync(0);
    expect(session.asked.refusals).toEqual([["evaluate", "It has ended."]]);
  });

  it("are asked for no more when the training is over, or was heard of meanwhile", async () => {
    const { session, push, open } = await start();
    session.command("pause");
    push({ epochs_at: 5 });
    await open([], { log: [pause] });
    expect(session.asked.get("pause")).toBeUndefined();
    session.command("stop");
    push({ status: "finished", log_at: 1 });
    expect(session.asked.get("stop")).toBeUndefined();
  });
});

describe("a closer look", () => {
  async function zoomed() {
    const wide = Array.from({ length: 100 }, (_, k) => k);
    const world = await start({}, [sent("loss", wide, { width: 8 }), sent("lr", [1, 2])]);
    world.session.curve("loss");
    world.session.curve("lr");
    return world;
  }

  it("asks for what is on screen once the zoom rests, coarse until it is there", async () => {
    const { session, asked, answer } = await zoomed();
    session.zoom.look([100, 200]);
    session.zoom.look([100.4, 180]);
    expect(asked("window")).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked("window")).toMatchObject([{ names: ["loss"], first: 100, last: 180 }]);
    expect(session.curve("loss")?.width).toBe(8);
    const [head, buffer] = sent("loss", [7, 8, 9], { first: 99, x0: 100 });
    await answer("window", { curves: [head] }, [buffer]);
    expect([...(session.curve("loss")?.mean ?? [])]).toEqual([7, 8, 9]);
    session.zoom.look([110, 150]); // closer still: what is there is fine enough
    expect(session.curve("loss")?.width).toBe(1);
    session.zoom.look([300, 400]);
    expect(session.curve("loss")?.width).toBe(8);
    session.zoom.reset();
    expect(session.curve("loss")?.width).toBe(8);
  });

  it("forgets what was asked for before", async () => {
    const { session, asked, answer, receive } = await zoomed();
    session.zoom.look([100, 200]);
    await vi.advanceTimersByTimeAsync(200);
    const [first] = asked("window");
    session.zoom.look([300, 400]);
    await vi.advanceTimersByTimeAsync(200);
    const [head, buffer] = sent("loss", [1], { first: 299, x0: 300 });
    await answer("window", { curves: [head] }, [buffer]);
    const [late, bytes] = sent("loss", [5, 5], { first: 99, x0: 100 });
    receive({ id: first?.id, ok: { curves: [late] } }, [bytes]);
    await vi.advanceTimersByTimeAsync(0);
    expect([...(session.curve("loss")?.mean ?? [])]).toEqual([1]);
  });
});
