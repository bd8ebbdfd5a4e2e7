import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { axis, f32, openedWith, openSection } from "../part-testing.ts";
import part from "./part.ts";
import { extremes, products, reach } from "./products.ts";
import { pixels } from "./strips.ts";
import { keyWindow, turned } from "./window.ts";

describe("the keys beside a query", () => {
  it("are those around the key at hand, or the query, at most 64", () => {
    expect(keyWindow({ count: 9, query: 3, key: null, same: true })).toEqual([0, 9]);
    expect(keyWindow({ count: 500, query: 250, key: null, same: true })).toEqual([218, 282]);
    expect(keyWindow({ count: 500, query: 250, key: 499, same: true })).toEqual([436, 500]);
    expect(keyWindow({ count: 500, query: 250, key: null, same: false })).toEqual([0, 64]);
  });

  it("are leafed through up to the ends", () => {
    expect(turned([0, 64], 1, 100)).toEqual([36, 100]);
    expect(turned([36, 100], -1, 100)).toEqual([0, 64]);
  });
});

describe("products", () => {
  const q = Float32Array.of(1, 2, -1);
  const k = Float32Array.of(9, 9, 9, 3, -1, 2);

  it("are of the chosen key, and their extremes are named by dimension", () => {
    const found = products(q, k, 1);
    expect([...found]).toEqual([3, -2, -2]);
    expect(extremes(found, 2)).toEqual({ most: [0], least: [2, 1] });
    expect(reach(Float32Array.of(1, -3, Number.NaN))).toBe(3);
  });

  it("are colours by sign, opaque by size", () => {
    const plus: [number, number, number] = [1, 2, 3];
    const minus: [number, number, number] = [4, 5, 6];
    const nan: [number, number, number] = [7, 8, 9];
    const data = pixels(Float32Array.of(2, -1, Number.NaN, 0), 2, { plus, minus, nan });
    expect([...data]).toEqual([1, 2, 3, 255, 4, 5, 6, 128, 7, 8, 9, 255, 1, 2, 3, 0]);
  });
});

describe("the neurons", () => {
  let view: ReturnType<typeof openSection>;
  const reply = { dimension: 2, scale: 0.5, extras: ["bias"] };
  const buffers = [f32([1, 2]), f32([1, 0, 0, 1, 1, 1]), f32([0.5, 1, 1.5]), f32([0.2, 0.3, 0.5])];

  beforeEach(async () => {
    vi.useFakeTimers();
    view = openSection(part, openedWith([axis(["a", "b", "c"])]));
    await vi.advanceTimersByTimeAsync(100);
  });
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("tell how the weight of the heaviest key comes about, and what the model adds", async () => {
    expect(view.asked("neuron")).toMatchObject([{ query: 0, keys: [0, 3], layer: 0, head: 0 }]);
    await view.answer("neuron", reply, buffers);
    expect(view.text()).toContain(
      "“a” #0 → “c” #2: the products add up to q·k = 3.00; times 0.5, the score is 1.50",
    );
    expect(view.text()).toContain("adds a bias");
  });

  it("show the key that they tell of, once there is height for it", async () => {
    const scroller = view.one(".att-n-scroll");
    let height = 40;
    Object.defineProperty(scroller, "clientHeight", { get: () => 60 });
    let top = 0;
    Object.defineProperty(scroller, "scrollTop", {
      get: () => top,
      set: (goal: number) => {
        top = Math.max(0, Math.min(goal, height - 60));
      },
    });
    await view.answer("neuron", reply, buffers);
    height = 500;
    await vi.advanceTimersByTimeAsync(50);
    expect(top).toBeGreaterThan(0);
  });

  it("follow what is pinned, and say that one head of several is shown", async () => {
    await view.answer("neuron", reply, buffers);
    view.session.choose({ heads: [1, 0] });
    view.session.pin({ query: 2, key: 1 });
    await vi.advanceTimersByTimeAsync(100);
    expect(view.asked("neuron").at(-1)).toMatchObject({ query: 2, head: 1 });
    await view.answer("neuron", reply, buffers);
    expect(view.text()).toContain("“c” #2 → “b” #1");
    expect(view.text()).toContain("this is head 1");
  });

  it("ask nothing where there is no q and k", async () => {
    const before = view.asked("neuron").length;
    view.session.lens = { ...view.session.lens, words: true };
    view.session.tell("opened");
    await vi.advanceTimersByTimeAsync(100);
    expect(view.asked("neuron")).toHaveLength(before);
    expect(view.text()).toContain("Turn off “Words”");
  });
});
