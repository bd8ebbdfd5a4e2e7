import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chart } from "./chart.ts";
import type { ChartOptions, Curve, Series } from "./types.ts";
import { Zoom } from "./zoom.ts";

const curve = (mean: number[]): Curve => {
  const values = Float32Array.from(mean);
  const x = Float64Array.from(mean, (_, k) => k + 1);
  return { first: 0, width: 1, x, mean: values, low: values, high: values };
};

/** A context that counts what is drawn: no drawing without one. */
function ink() {
  const calls: string[] = [];
  const context = new Proxy({} as Record<string, unknown>, {
    get: (target, name: string) =>
      name === "measureText"
        ? () => ({ width: 20 })
        : (target[name] ?? ((...rest: unknown[]) => calls.push(`${name} ${rest.join(" ")}`))),
    set: (target, name: string, value) => {
      target[name] = value;
      return true;
    },
  });
  return { calls, context };
}

let drawing: ReturnType<typeof ink>;
let seen: (on: boolean) => void;

beforeEach(() => {
  vi.useFakeTimers();
  drawing = ink();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(drawing.context as never);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(600);
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(tell: (entries: { isIntersecting: boolean }[]) => void) {
        seen = (on) => tell([{ isIntersecting: on }]);
      }
      observe(): void {}
      disconnect(): void {}
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function open(curves: Record<string, number[]>, more: Partial<ChartOptions> = {}) {
  const zoom = new Zoom();
  zoom.extend(1, 5);
  const series: Series[] = Object.keys(curves).map((name, colour) => ({
    name,
    label: `<b>${name}</b>`,
    colour,
    style: "line",
    curve: () => (curves[name]?.length ? curve(curves[name]) : undefined),
  }));
  const made = chart({
    title: "Loss",
    series,
    zoom,
    language: "en",
    words: { empty: "waiting", step: "Step", keys: "Keys" },
    guard: (callback) => callback,
    ...more,
  });
  document.body.append(made.element);
  made.update();
  vi.advanceTimersByTime(20);
  const one = (selector: string) =>
    made.element.querySelector<HTMLElement>(selector) as HTMLElement;
  return {
    made,
    zoom,
    one,
    stage: one(".tfw-chart-stage"),
    key(key: string, more: KeyboardEventInit = {}) {
      const event = new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true, ...more });
      one(".tfw-chart-stage").dispatchEvent(event);
      vi.advanceTimersByTime(20);
      return event;
    },
  };
}

describe("a chart", () => {
  it("says that it waits, and the last values once there are some", () => {
    const curves: Record<string, number[]> = { loss: [] };
    const { made, one, stage } = open(curves);
    expect(one(".tfw-chart-empty").hidden).toBe(false);
    expect(stage.getAttribute("aria-label")).toContain("waiting");
    curves.loss = [3, 2.5];
    made.update();
    vi.advanceTimersByTime(20);
    expect(one(".tfw-chart-empty").hidden).toBe(true);
    expect(stage.getAttribute("role")).toBe("img");
    expect(stage.getAttribute("aria-label")).toContain("2.5");
    made.dispose();
  });

  it("draws once a frame, and not at all while nobody sees it", () => {
    const { made } = open({ loss: [3, 2, 1] });
    const count = () => drawing.calls.filter((call) => call === "clip ").length;
    const before = count();
    made.update();
    made.update();
    vi.advanceTimersByTime(20);
    expect(count()).toBe(before + 1);
    seen(false);
    made.update();
    vi.advanceTimersByTime(20);
    expect(count()).toBe(before + 1);
    seen(true);
    vi.advanceTimersByTime(20);
    expect(count()).toBe(before + 2);
    made.dispose();
  });

  it("leaves gaps where values are no numbers, and shows a value between two gaps", () => {
    open({ loss: [Number.NaN, 2, Number.NaN, 1, 1.5] });
    const lines = drawing.calls.filter((call) => /NaN/.test(call));
    expect(lines).toEqual([]);
    expect(drawing.calls.filter((call) => call.startsWith("arc ")).length).toBeGreaterThan(0);
  });

  it("reads values with the keys: steps, zoom, everything", () => {
    const { made, one, zoom, key } = open({ loss: [5, 4, 3, 2, 1], other: [1, 1, 1, 1, 1] });
    expect(key("ArrowRight").defaultPrevented).toBe(true);
    key("ArrowRight");
    expect(zoom.cursor).toBe(2);
    expect(one(".tfw-chart-live").textContent).toContain("Step 2, <b>loss</b> 4");
    expect(one(".tfw-chart-tip").hidden).toBe(false);
    expect(one(".tfw-chart-tip").textContent).toContain("<b>loss</b>4");
    expect(one(".tfw-chart-tip b b")).toBeNull();
    key("End");
    expect(zoom.cursor).toBe(5);
    key("+");
    expect(zoom.zoomed).toBe(true);
    key("0");
    expect(zoom.zoomed).toBe(false);
    key("Escape");
    expect(one(".tfw-chart-tip").hidden).toBe(true);
    expect(key("s").defaultPrevented).toBe(false);
    expect(key("0", { ctrlKey: true }).defaultPrevented).toBe(false);
    made.dispose();
  });

  it("zooms by dragging, shows everything after a double click", () => {
    const { made, stage, zoom } = open({ loss: [5, 4, 3, 2, 1] });
    const pointer = (type: string, clientX: number) =>
      stage.dispatchEvent(new PointerEvent(type, { clientX, pointerId: 1, pointerType: "mouse" }));
    pointer("pointerdown", 100);
    pointer("pointerup", 102);
    expect(zoom.zoomed).toBe(false);
    pointer("pointerdown", 200);
    pointer("pointermove", 400);
    pointer("pointerup", 400);
    expect(zoom.zoomed).toBe(true);
    stage.dispatchEvent(new MouseEvent("dblclick"));
    expect(zoom.zoomed).toBe(false);
    made.dispose();
  });

  it("switches series off and on, and remembers it by their names", () => {
    const { made, one, stage } = open({ loss: [5, 4], other: [1, 7] });
    const button = one("button");
    button.click();
    vi.advanceTimersByTime(20);
    expect(button.getAttribute("aria-pressed")).toBe("false");
    expect(stage.getAttribute("aria-label")).not.toContain("loss");
    made.set({ log: true });
    vi.advanceTimersByTime(20);
    expect(stage.getAttribute("aria-label")).not.toContain("loss");
    button.click();
    vi.advanceTimersByTime(20);
    expect(stage.getAttribute("aria-label")).toContain("loss");
    made.dispose();
  });

  it("says what happened at a step", () => {
    const { made, one, key } = open(
      { loss: [5, 4, 3] },
      { markers: () => [{ step: 1, label: "Pause, by you", kind: "command" }] },
    );
    key("Home");
    expect(one(".tfw-chart-event").textContent).toBe("Pause, by you");
    expect(one(".tfw-chart-live").textContent).toContain("Pause, by you");
    made.dispose();
  });
});
