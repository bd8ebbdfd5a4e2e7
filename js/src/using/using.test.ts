import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeModel } from "../shared/testing.ts";
import type { SharedState } from "../shared/widget.ts";
import widget from "./index.ts";
import type { State, Taken } from "./model.ts";

const model = (key: string, change: Partial<Taken> = {}): Taken => ({
  key,
  name: `org/${key}`,
  kind: "BertModel",
  task: "feature-extraction",
  parameters: 22_713_216,
  bytes: 90_852_864,
  dtype: "float32",
  device: "cpu",
  inUse: false,
  ...change,
});
const nothing: State = {
  inUse: null,
  defaults: [{ task: "feature-extraction", name: "demo/minilm" }],
  models: [],
};

let close = () => {};

function open(language: "en" | "de" = "en") {
  const fake = fakeModel<SharedState>({ language, place: "here" });
  const el = document.createElement("div");
  document.body.append(el);
  const leave = widget.render({ model: fake.model, el });
  close = () => {
    leave();
    el.remove();
  };
  const asked = () => fake.sent.filter(({ id }) => id);
  return {
    ...fake,
    el,
    asked,
    async answer(ok: unknown) {
      fake.receive({ id: asked().at(-1)?.id, ok });
      await new Promise((done) => setTimeout(done));
    },
    async fail(error: string) {
      fake.receive({ id: asked().at(-1)?.id, error });
      await new Promise((done) => setTimeout(done));
    },
    button: (text: string) =>
      [...el.querySelectorAll("button")].find((found) =>
        [found.textContent, found.getAttribute("aria-label")].includes(text),
      ) as HTMLButtonElement,
  };
}

afterEach(() => close());

describe("the panel of the session's model", () => {
  it("names the defaults where no model is in use", async () => {
    const view = open();
    expect(view.el.textContent).toContain("Looking at what is in memory");
    await view.answer(nothing);
    expect(view.el.textContent).toContain("feature-extraction: demo/minilm");
    expect(view.el.textContent).toContain("No models in memory.");
    expect(view.el.querySelector("button")).toBeNull();
  });

  it("says what is in use, and what is in memory", async () => {
    const view = open();
    await view.answer({
      ...nothing,
      inUse: { name: "org/a", facts: ["BertModel"], source: "cache", loaded: true },
      models: [model("a", { inUse: true }), model("b", { bytes: 2.5e9, parameters: 1.2e9 })],
    });
    expect(view.el.textContent).toContain("Model in use: org/a · BertModel · from the hub's cache");
    expect(view.el.textContent).not.toContain("Not in memory");
    expect(view.el.textContent).toContain("2 models in memory, 2.6\u202fGB");
    const rows = [...view.el.querySelectorAll(".using-row")];
    expect(rows[0]?.textContent).toContain("22.7\u202fM parameters · float32 · cpu90.9\u202fMB");
    expect(rows[1]?.textContent).toContain("1.2\u202fB parameters · float32 · cpu2.5\u202fGB");
    expect(rows.map((row) => row.textContent?.includes("in use"))).toEqual([true, false]);
    expect(rows.map((row) => row.hasAttribute("data-chosen"))).toEqual([true, false]);
  });

  it("writes numbers as German does", async () => {
    const view = open("de");
    await view.answer({
      ...nothing,
      inUse: { name: "org/a", facts: [], source: null, loaded: false },
      models: [model("a")],
    });
    expect(view.el.textContent).toContain("1 Modell im Speicher, 90,9\u202fMB");
    expect(view.el.textContent).toContain("22,7\u202fM Parameter");
    expect(view.el.textContent).toContain("Nicht im Speicher");
  });

  it("shows names from outside as they are", async () => {
    const view = open();
    await view.answer({ ...nothing, models: [model("a", { name: "<img src=x>\u0007" })] });
    expect(view.el.querySelector("img")).toBeNull();
    expect(view.el.textContent).toContain("<img src=x>\u2407");
  });

  it("unloads one model, says what became of it and keeps the focus", async () => {
    const view = open();
    await view.answer({ ...nothing, models: [model("a"), model("b")] });
    const button = view.button("Unload org/a, feature-extraction");
    button.focus();
    button.click();
    expect(view.asked().at(-1)).toMatchObject({ type: "unload", key: "a" });
    const count = view.asked().length;
    view.button("Unload org/b, feature-extraction").click();
    view.button("Unload all").click();
    expect(view.asked()).toHaveLength(count);
    await view.answer({
      ...nothing,
      models: [model("b")],
      released: { count: 1, bytes: 90_852_864, held: [] },
    });
    expect(view.el.querySelectorAll(".using-row")).toHaveLength(1);
    expect(view.el.textContent).toContain("1 model was unloaded, which frees 90.9\u202fMB.");
    expect(document.activeElement?.getAttribute("data-key")).toBe("b");
  });

  it("says what is still held", async () => {
    const view = open();
    await view.answer({ ...nothing, models: [model("a")] });
    view.button("Unload all").focus();
    view.button("Unload all").click();
    expect(view.asked().at(-1)).toMatchObject({ type: "unload" });
    expect(view.asked().at(-1)).not.toHaveProperty("key");
    await view.answer({ ...nothing, released: { count: 1, bytes: 0, held: ["org/a"] } });
    expect(view.el.textContent).toContain(
      "1 model was unloaded. org/a is still held by a variable",
    );
    expect(document.activeElement?.tagName).toBe("SECTION");
  });

  it("keeps what an action said though its change is news, too", async () => {
    const view = open();
    await view.answer({ ...nothing, models: [model("a"), model("b")] });
    view.button("Unload all").click();
    view.receive({ type: "changed" });
    expect(view.asked().at(-1)).toMatchObject({ type: "unload" });
    await view.answer({ ...nothing, released: { count: 2, bytes: 1e9, held: [] } });
    expect(view.asked().at(-1)).toMatchObject({ type: "state" });
    await view.answer(nothing);
    expect(view.el.textContent).toContain("2 models were unloaded, which frees 1\u202fGB.");
  });

  it("goes back to the defaults", async () => {
    const view = open();
    await view.answer({
      ...nothing,
      inUse: { name: "org/a", facts: [], source: null, loaded: false },
    });
    view.button("Back to the defaults").click();
    expect(view.asked().at(-1)).toMatchObject({ type: "default" });
    await view.answer(nothing);
    expect(view.el.textContent).toContain("No model is chosen");
  });

  it("asks again when something changed, and takes the last answer only", async () => {
    const view = open();
    const first = view.asked().at(-1)?.id;
    view.receive({ type: "changed" });
    expect(view.asked()).toHaveLength(2);
    await view.answer({ ...nothing, models: [model("new")] });
    view.receive({ id: first, ok: nothing });
    await new Promise((done) => setTimeout(done));
    expect(view.el.textContent).toContain("org/new");
  });

  it("shows an error, lets ask again, and leaves nothing behind", async () => {
    const view = open();
    await view.answer({ ...nothing, models: [model("a")] });
    view.button("Unload all").click();
    await view.fail("It <b>broke</b>.");
    expect(view.el.querySelector("[role=alert]")?.textContent).toContain("It <b>broke</b>.");
    expect(view.button("Unload all").getAttribute("aria-disabled")).toBe("false");
    view.button("Try again").click();
    expect(view.asked().at(-1)).toMatchObject({ type: "state" });
    await view.answer(nothing);
    expect(view.el.querySelector("[role=alert]")).toBeNull();
    close();
    expect(view.listening()).toBe(0);
    close = () => {};
    vi.restoreAllMocks();
  });

  it("is drawn anew in another language with what is known", async () => {
    const view = open();
    await view.answer({ ...nothing, models: [model("a")] });
    view.change("language", "de");
    expect(view.el.textContent).toContain("1 Modell im Speicher");
  });
});
