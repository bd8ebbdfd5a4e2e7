import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { axis, f32, openedWith, openSection } from "../part-testing.ts";
import part from "./part.ts";
import { ranked, tintsOf } from "./scores.ts";

describe("scores", () => {
  const scores = [Float32Array.of(1, -2, 0), Float32Array.of(Number.NaN, 4)];

  it("are tints on one scale: for, against, none", () => {
    const tint = tintsOf(scores);
    expect(tint(0, 0)).toEqual({ to: 0.25, by: undefined });
    expect(tint(0, 1)).toEqual({ to: undefined, by: 0.5 });
    expect(tint(1, 0).to).toBeNaN();
    expect(tint(1, 1)).toEqual({ to: 1, by: undefined });
  });

  it("are ranked over both texts", () => {
    const { plus, minus } = ranked(scores, 1);
    expect(plus).toEqual([{ axis: 1, unit: 1, score: 4 }]);
    expect(minus).toEqual([{ axis: 0, unit: 1, score: -2 }]);
  });
});

describe("attribution", () => {
  let view: ReturnType<typeof openSection>;
  const button = () => view.all("button").find((each) => each.textContent === "Compute");
  const choices = [
    { index: 7, label: "<b>yes</b>", probability: 0.93 },
    { index: 2, label: "no", probability: 0.05 },
  ];
  const reply = {
    method: "gradient_x_input",
    target: choices[0],
    choices,
    position: 1,
    positions: true,
    notes: [],
  };

  beforeEach(() => {
    vi.useFakeTimers();
    const opened = openedWith([axis(["a", "b"])]);
    opened.can.attribution = ["gradient_x_input", "integrated_gradients"];
    view = openSection(part, opened);
  });
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("computes nothing before it is asked to, and says what that costs", () => {
    expect(view.sent).toEqual([]);
    const select = view.one("select") as HTMLSelectElement;
    select.value = "integrated_gradients";
    select.dispatchEvent(new Event("change"));
    expect(view.text()).toContain("about 50 passes");
    button()?.click();
    expect(view.sent).toMatchObject([
      { type: "attribute", method: "integrated_gradients", target: null, position: null },
    ]);
  });

  it("says what the scores are, of which answer, and that they explain nothing", async () => {
    button()?.click();
    await view.answer("attribute", reply, [f32([0.5, -1])]);
    expect(view.text()).toContain("“<b>yes</b>” (p = 93.0%)");
    expect(view.text()).toContain("no explanation");
    expect(view.all("[role=option]").map((each) => each.style.cssText)).toEqual([
      "--att-to: 50%;",
      "--att-by: 100%;",
    ]);
  });

  it("asks for another answer, and for another place", async () => {
    button()?.click();
    await view.answer("attribute", reply, [f32([0.5, -1])]);
    const target = view.all("select")[1] as HTMLSelectElement;
    target.value = "2";
    target.dispatchEvent(new Event("change"));
    expect(view.sent.at(-1)).toMatchObject({ target: 2, position: 1 });
    view.all("[role=option]")[0]?.click();
    expect(view.sent.at(-1)).toMatchObject({ target: null, position: 0 });
  });

  it("asks another method about the same answer at the same place", async () => {
    button()?.click();
    await view.answer("attribute", { ...reply, target: choices[1] }, [f32([0.5, -1])]);
    const method = view.one("select") as HTMLSelectElement;
    method.value = "integrated_gradients";
    method.dispatchEvent(new Event("change"));
    button()?.click();
    const asked = { method: "integrated_gradients", target: 2, position: 1 };
    expect(view.sent.at(-1)).toMatchObject(asked);
  });

  it("says what is on special tokens that are hidden, if anything is", async () => {
    button()?.click();
    await view.answer("attribute", { ...reply, hidden: 0 }, [f32([0.5, -1])]);
    expect(view.text()).not.toContain("hidden special tokens");
    button()?.click();
    await view.answer("attribute", { ...reply, hidden: -0.144 }, [f32([0.5, -1])]);
    expect(view.text()).toContain("… and -0.144 on hidden special tokens");
  });

  it("leaves the keys where they were when an answer comes", async () => {
    button()?.click();
    await view.answer("attribute", reply, [f32([0.5, -1])]);
    const line = view.one(".att-x-line");
    const body = view.one("[role=listbox]");
    body.focus();
    for (const key of ["End", "Enter"]) {
      body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
    expect(view.sent.at(-1)).toMatchObject({ position: 1 });
    await view.answer("attribute", reply, [f32([0.25, -1])]);
    const now = view.one("[role=listbox]");
    expect(now.isConnected && document.activeElement).toBe(now);
    expect(now.getAttribute("aria-activedescendant")).toBe(view.all("[role=option]")[1]?.id);
    expect(view.one(".att-x-line")).toBe(line);
  });

  it("says of which place an answer is", async () => {
    button()?.click();
    await view.answer("attribute", reply, [f32([0.5, -1])]);
    expect(view.text()).toContain("It is read at “b”.");
    button()?.click();
    await view.answer("attribute", { ...reply, next: true }, [f32([0.5, -1])]);
    expect(view.text()).toContain("It is the next token after “b”.");
  });

  it("forgets what was computed for other units", async () => {
    button()?.click();
    await view.answer("attribute", reply, [f32([0.5, -1])]);
    view.session.lens = { ...view.session.lens, words: true };
    view.session.tell("opened");
    expect(view.text()).toContain("Nothing is computed");
    expect(view.all("[role=option]")).toEqual([]);
  });
});
