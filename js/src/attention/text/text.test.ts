import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { axis, f16, openedWith, openSection } from "../part-testing.ts";
import { focusOf, pointAt, windowAround } from "./focus.ts";
import textPart from "./part.ts";

const nowhere = { query: null, key: null };

describe("what the text is about", () => {
  const base = { hovered: nowhere, pinned: undefined, own: false, mode: "to", same: true } as const;

  it("is the hovered token, else the pinned one, in the way that is chosen", () => {
    expect(focusOf(base)).toEqual(nowhere);
    const pinned = { query: 4, key: null };
    expect(focusOf({ ...base, pinned })).toEqual({ query: 4, key: null });
    const hovered = { query: null, key: 2 };
    expect(focusOf({ ...base, hovered, pinned })).toEqual({ query: 2, key: null });
    expect(focusOf({ ...base, hovered, mode: "by" })).toEqual({ query: null, key: 2 });
    expect(focusOf({ ...base, hovered, mode: "both" })).toEqual({ query: 2, key: 2 });
  });

  it("stays the pinned token while the reader points at others in the text", () => {
    const hovered = { query: 4, key: 2 };
    const pinned = { query: 4, key: null };
    expect(focusOf({ ...base, hovered, pinned, own: true })).toEqual({ query: 4, key: null });
    const both = { ...base, hovered, pinned, mode: "both" } as const;
    expect(focusOf({ ...both, own: true })).toEqual({ query: 4, key: 4 });
    expect(focusOf(both)).toEqual({ query: 4, key: 2 });
    expect(pointAt(2, "both", pinned, "to")).toEqual({ query: 4, key: 2 });
    expect(pointAt(2, "both", { query: null, key: 4 }, "by")).toEqual({ query: 2, key: 4 });
    expect(pointAt(2, "both", undefined, "by")).toEqual({ query: null, key: 2 });
  });

  it("is not made up where queries and keys are two texts", () => {
    const hovered = { query: null, key: 2 };
    expect(focusOf({ ...base, hovered, same: false })).toEqual(hovered);
    expect(pointAt(2, "key", { query: 1, key: null }, "to")).toEqual({ query: 1, key: 2 });
  });
});

describe("the window of a long text", () => {
  it("holds all, or as many as there is room for around the token at hand", () => {
    expect(windowAround(10, 3, 20, [0, 0])).toEqual([0, 10]);
    expect(windowAround(100, 50, 20, [0, 0])).toEqual([40, 60]);
    expect(windowAround(100, 99, 20, [0, 0])).toEqual([80, 100]);
    expect(windowAround(100, 59, 20, [40, 60])).toEqual([40, 60]);
    expect(windowAround(50, 59, 20, [40, 60])).toEqual([30, 50]);
  });
});

describe("the text", () => {
  let view: ReturnType<typeof openSection>;
  const evil = "</script><script>";
  const tokens = () => view.all("[role=option]");
  const over = (unit: number) =>
    tokens()[unit]?.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));

  beforeEach(() => {
    vi.useFakeTimers();
    view = openSection(textPart, openedWith([axis(["[CLS]", "the", evil, "sat"])]));
  });
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("reads as the text does", () => {
    expect(view.one("[role=listbox]").textContent).toBe(`[CLS] the ${evil} sat`);
    expect(view.one("[role=listbox]").querySelector("script")).toBeNull();
    expect(tokens()[0]?.className).toContain("special");
  });

  it("asks once the pointer rests, tints what is attended to, and lists the strongest", async () => {
    over(1);
    over(2);
    expect(view.session.cell).toEqual({ query: 2, key: null });
    await vi.advanceTimersByTimeAsync(40);
    expect(view.asked("lines")).toHaveLength(1);
    expect(view.asked("lines")[0]).toMatchObject({ query: 2, key: null, layer: 0, heads: [0] });
    await view.answer("lines", { hidden: 0.25, rough: false }, [f16([0.25, 0, 0, 0.5])]);
    const share = (unit: number) => tokens()[unit]?.style.getPropertyValue("--att-to");
    expect([0, 1, 3].map(share)).toEqual(["50%", "", "71%"]);
    expect(view.all(".att-t-partner").map((each) => each.textContent)).toEqual([
      "sat 0.500",
      "[CLS] 0.250",
    ]);
    expect(view.one(".att-t-line").textContent).toContain("25% on hidden");
  });

  it("says the weight of a pair when a token is pinned", async () => {
    tokens()[3]?.click();
    expect(view.session.pinned).toEqual({ query: 3, key: null });
    await vi.advanceTimersByTimeAsync(40);
    await view.answer("lines", { hidden: 0, rough: false }, [f16([0.25, 0.5, 0, Number.NaN])]);
    over(1);
    expect(view.session.cell).toEqual({ query: 3, key: 1 });
    expect(view.one(".att-t-line").textContent).toBe("“sat” gives 0.500 to “the”");
    over(3);
    expect(view.one(".att-t-line").textContent).toContain("NaN");
    expect(tokens()[3]?.hasAttribute("data-nan")).toBe(true);
    expect(view.asked("lines")).toHaveLength(1);
    tokens()[3]?.click();
    expect(view.session.pinned).toBeUndefined();
  });

  it("is gone through by keys", () => {
    const list = view.one("[role=listbox]");
    const press = (key: string) =>
      list.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("ArrowRight");
    press("ArrowRight");
    expect(view.session.cell).toEqual({ query: 1, key: null });
    expect(list.getAttribute("aria-activedescendant")).toBe(tokens()[1]?.id);
    press("End");
    press("Enter");
    expect(view.session.pinned).toEqual({ query: 3, key: null });
    press("Escape");
    expect(view.session.pinned).toBeUndefined();
    press(".");
    press("PageDown");
    expect([view.session.layer, view.session.heads]).toEqual([1, [1]]);
  });

  it("shows what went wrong, and asks again", async () => {
    over(1);
    await vi.advanceTimersByTimeAsync(40);
    await view.fail("lines", "gone <b>");
    expect(view.one("[role=alert]").textContent).toContain("gone <b>");
    view.one("[role=alert] button").click();
    expect(view.asked("lines")).toHaveLength(2);
  });
});

describe("two texts", () => {
  it("stand side by side, and each tints the other", async () => {
    vi.useFakeTimers();
    const axes = [axis(["a", "b"], "source"), axis(["x", "y", "z"], "target")];
    const view = openSection(textPart, openedWith(axes));
    expect(view.all("[role=listbox]").map((each) => each.textContent)).toEqual(["a b", "x y z"]);
    const source = view.all("[role=listbox]")[0] as HTMLElement;
    source.children[1]?.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    expect(view.session.cell).toEqual({ query: null, key: 1 });
    await vi.advanceTimersByTimeAsync(40);
    await view.answer("lines", { hidden: 0, rough: false }, [f16([0, 1, 0])]);
    const [target] = view.all("[role=listbox]").slice(1);
    const shares = [...(target?.children ?? [])].map((each) =>
      (each as HTMLElement).style.getPropertyValue("--att-by"),
    );
    expect(shares).toEqual(["", "100%", ""]);
    view.clean();
    vi.useRealTimers();
  });
});
