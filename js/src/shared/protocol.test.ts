import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Channel, KernelError } from "./protocol.ts";
import { fakeModel } from "./testing.ts";

describe("Channel", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function open() {
    const fake = fakeModel({});
    return { ...fake, channel: new Channel(fake.model) };
  }

  it("sends type and parameters, and resolves with payload and buffers", async () => {
    const { channel, sent, receive } = open();
    const reply = channel.request("rows", { start: 3 });
    expect(sent[0]).toMatchObject({ type: "rows", start: 3 });
    const buffer = new DataView(new ArrayBuffer(4));
    receive({ id: sent[0]?.id, ok: { total: 7 } }, [buffer]);
    await expect(reply).resolves.toEqual({ payload: { total: 7 }, buffers: [buffer] });
  });

  it("rejects with what the kernel says went wrong", async () => {
    const { channel, sent, receive } = open();
    const reply = channel.request("rows");
    receive({ id: sent[0]?.id, error: "no such label" });
    await expect(reply).rejects.toEqual(new KernelError("no such label"));
  });

  it("answers requests in any order, and ignores those of other views", async () => {
    const { channel, sent, receive, model } = open();
    const other = new Channel(model);
    const first = channel.request("a");
    const second = channel.request("b");
    other.request("c").catch(() => {});
    expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
    receive({ id: sent[1]?.id, ok: 2 });
    receive({ id: "unknown", ok: 0 });
    receive({ id: sent[0]?.id, ok: 1 });
    expect((await first).payload).toBe(1);
    expect((await second).payload).toBe(2);
    other.dispose();
  });

  it("reports progress before the reply", async () => {
    const { channel, sent, receive } = open();
    const seen: unknown[] = [];
    const reply = channel.request("train", {}, { onProgress: (done) => seen.push(done) });
    receive({ id: sent[0]?.id, progress: 1 });
    receive({ id: sent[0]?.id, progress: 2 });
    receive({ id: sent[0]?.id, ok: null });
    await reply;
    receive({ id: sent[0]?.id, progress: 3 });
    expect(seen).toEqual([1, 2]);
  });

  it("drops an aborted request and its late reply", async () => {
    const { channel, sent, receive } = open();
    const controller = new AbortController();
    const reply = channel.request("rows", {}, { signal: controller.signal });
    controller.abort();
    await expect(reply).rejects.toMatchObject({ name: "AbortError" });
    expect(() => receive({ id: sent[0]?.id, ok: 1 })).not.toThrow();
    await expect(channel.request("rows", {}, { signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(sent).toHaveLength(1);
  });

  it("tells the kernel that nobody waits for what it answers later", async () => {
    const { channel, sent, receive } = open();
    const controller = new AbortController();
    const reply = channel.request("search", {}, { signal: controller.signal, later: true });
    controller.abort();
    await expect(reply).rejects.toMatchObject({ name: "AbortError" });
    expect(sent[1]).toEqual({ id: sent[0]?.id, type: "drop" });

    const late = new AbortController();
    const answered = channel.request("search", {}, { signal: late.signal, later: true });
    receive({ id: sent[2]?.id, ok: 1 });
    await answered;
    late.abort();
    expect(sent).toHaveLength(3);
  });

  it("rejects when the message cannot even be sent", async () => {
    const { channel, model } = open();
    model.send = () => {
      throw new Error("Kernel is dead");
    };
    await expect(channel.request("rows")).rejects.toThrow("Kernel is dead");
  });

  it("hands pushed messages to the subscribers of their type", () => {
    const { channel, receive } = open();
    const heard: unknown[] = [];
    const stop = channel.subscribe<{ type: string; epoch: number }>("epoch", ({ epoch }) =>
      heard.push(epoch),
    );
    receive({ type: "epoch", epoch: 1 });
    receive({ type: "other", epoch: 2 });
    stop();
    receive({ type: "epoch", epoch: 3 });
    expect(heard).toEqual([1]);
  });

  it("says when the kernel is silent for two seconds, until it is heard", () => {
    const { channel, sent, receive } = open();
    const slow = vi.fn();
    channel.onSlow(slow);
    channel.request("a").catch(() => {});
    vi.advanceTimersByTime(1_900);
    expect(slow).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(slow).toHaveBeenLastCalledWith(true);
    receive({ id: sent[0]?.id, ok: 1 });
    expect(slow).toHaveBeenLastCalledWith(false);
    vi.advanceTimersByTime(10_000);
    expect(slow).toHaveBeenCalledTimes(2);
  });

  it("does not count what the kernel works at in a thread as its silence", () => {
    const { channel, sent, receive } = open();
    const slow = vi.fn();
    channel.onSlow(slow);
    channel.request("a", {}, { later: true }).catch(() => {});
    receive({ id: sent[0]?.id, progress: {} });
    vi.advanceTimersByTime(10_000);
    expect(slow).not.toHaveBeenCalled();
    channel.request("b").catch(() => {});
    vi.advanceTimersByTime(2_100);
    expect(slow).toHaveBeenLastCalledWith(true);
    receive({ id: sent[1]?.id, ok: 1 });
    expect(slow).toHaveBeenLastCalledWith(false);
    vi.advanceTimersByTime(10_000);
    expect(slow).toHaveBeenCalledTimes(2);
  });

  it("keeps waiting when one request replaces another, and stops when none is left", () => {
    const { channel } = open();
    const slow = vi.fn();
    channel.onSlow(slow);
    const ask = () => {
      const controller = new AbortController();
      channel.request("a", {}, { signal: controller.signal }).catch(() => {});
      return controller;
    };
    const first = ask();
    vi.advanceTimersByTime(2_100);
    first.abort();
    const second = ask();
    vi.advanceTimersByTime(1_000);
    expect(slow.mock.calls).toEqual([[true]]);
    second.abort();
    vi.advanceTimersByTime(1_000);
    expect(slow.mock.calls).toEqual([[true], [false]]);
  });

  it("lets go of the model and of what is pending when disposed", async () => {
    const { channel, listening } = open();
    const reply = channel.request("rows");
    channel.dispose();
    await expect(reply).rejects.toMatchObject({ name: "AbortError" });
    expect(listening()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
