import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { many, openHub, press, row } from "./testing.ts";

let view: ReturnType<typeof openHub>;
const grid = () => view.one("[role=grid]");
const texts = () => view.rows().map((each) => each.textContent);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  view.clean();
  vi.useRealTimers();
});

describe("what is found", () => {
  it("asks for what it was opened with, and shows rows without a content until then", () => {
    view = openHub({ text: "bert", task: "fill-mask" });
    expect(view.last("search")).toMatchObject({
      count: 50,
      query: { text: "bert", task: "fill-mask", language: null, sort: "downloads" },
    });
    expect(view.named("Search for models").value).toBe("bert");
    expect(view.rows().length).toBeGreaterThan(5);
    expect(view.rows()[0]?.hasAttribute("data-skeleton")).toBe(true);
    expect(view.text()).toBe("Asking the Hub…");
  });

  it("shows what is here at once, then the hub's behind it", async () => {
    view = openHub();
    await view.progress([row(0, { cached: true, source: "cache" })], { counts: { cache: 1 } });
    expect(texts()[0]).toContain("org/model-0here");
    expect(view.rows()[1]?.hasAttribute("data-skeleton")).toBe(true);
    const first = view.rows()[0];
    await view.answer("search", many(30), { more: true, counts: { cache: 1, hub: 29 } });
    expect(view.rows()[0]).toBe(first);
    expect(texts()[1]).toContain("org/model-1");
    expect(view.text()).toBe("30 models so far, 1 of them here");
  });

  it("writes numbers short, and a dash for what is not known", async () => {
    view = openHub();
    await view.answer("search", [row(0), row(1, { params: null, size: null, downloads: null })]);
    const cells = (k: number) =>
      [...(view.rows()[k]?.querySelectorAll("[role=gridcell]") ?? [])].map((c) => c.textContent);
    expect(cells(0).slice(1, 4)).toEqual(["110\u202fMfloat32", "438\u202fMB", "1.2\u202fk"]);
    expect(cells(1).slice(1, 4)).toEqual(["–", "–", "–"]);
    expect(view.text()).toBe("2 models");
    expect(grid().getAttribute("aria-rowcount")).toBe("3");
  });

  it("shows texts from outside as they are", async () => {
    view = openHub();
    const id = "<b>x</b>/<img src=x>\u0007";
    const notes = [{ en: "<u>bad</u>", de: "<u>schlecht</u>" }];
    await view.answer("search", [row(0, { id, license: "<i>", notes })]);
    expect(view.el.querySelector("img, i, u")).toBeNull();
    expect(texts()[0]).toContain("<img src=x>\u2407");
    expect(view.one('[data-kind="warn"]').title).toBe("<u>bad</u>");
  });

  it("shows notes in its own language", async () => {
    view = openHub({}, "de");
    const notes = [{ en: "A download of it did not end.", de: "Ein Download wurde nicht fertig." }];
    await view.answer("search", [row(0, { notes })], { notes });
    expect(view.one('[data-kind="warn"]').title).toBe(notes[0]?.de);
    expect(view.one(".tfw-problem .tfw-note").textContent).toBe(notes[0]?.de);
  });

  it("marks what sets a model apart", async () => {
    view = openHub();
    const changes = [
      { gated: "manual" },
      { private: true },
      { disabled: true },
      { missing: 2 },
      { source: "demo", cached: true },
      { source: "folder", cached: true },
      { inUse: true },
    ] as const;
    await view.answer(
      "search",
      changes.map((change, k) => row(k, change)),
    );
    const badges = view.rows().map((each) => each.querySelector(".hub-badge")?.textContent);
    expect(badges).toEqual([
      "gated",
      "private",
      "disabled",
      "incomplete",
      "demo",
      "folder",
      "in use",
    ]);
    view.receive({ type: "in_use", name: "org/model-0" });
    expect(texts()[0]).toContain("in use");
    expect(texts()[6]).not.toContain("in use");
  });

  it("asks for windows as they come on screen, and for more at the end", async () => {
    view = openHub();
    await view.answer("search", many(50), { known: 10_000, more: true });
    expect(view.rows().length).toBeLessThan(40);
    press(grid(), "End");
    await vi.advanceTimersByTimeAsync(100);
    const reach = view.last("rows");
    expect(reach).toMatchObject({ start: 10_000, stop: 10_100 });
    const asked = view.of("rows").length;
    await vi.advanceTimersByTimeAsync(500);
    expect(view.of("rows")).toHaveLength(asked);
    grid().scrollTop = 48 * 5000;
    grid().dispatchEvent(new Event("scroll"));
    await vi.advanceTimersByTimeAsync(200);
    expect(view.last("rows")).toMatchObject({ start: 5000, stop: 5050 });
    await view.answer("rows", many(50, 5000), { start: 5000, known: 10_000, more: true });
    expect(texts().some((text) => text?.includes("model-5003"))).toBe(true);
  });

  it("goes on while the hub gives more, and ends where it has none", async () => {
    view = openHub();
    await view.answer("search", many(30), { more: true });
    press(grid(), "End");
    await vi.advanceTimersByTimeAsync(100);
    expect(view.last("rows")).toMatchObject({ start: 0, stop: 100 });
    await view.answer("rows", many(45), { known: 45, more: false });
    expect(grid().getAttribute("aria-rowcount")).toBe("46");
    expect(view.text()).toBe("45 models");
    const asked = view.of("rows").length;
    await vi.advanceTimersByTimeAsync(500);
    expect(view.of("rows")).toHaveLength(asked);
  });
});

describe("what is open", () => {
  it("opens a model by Enter beside the list, and comes back by Escape", async () => {
    view = openHub();
    await view.answer("search", many(3));
    grid().focus();
    press(grid(), "ArrowDown");
    press(grid(), "Enter");
    expect(view.last("part")).toMatchObject({ name: "details" });
    expect(view.one(".hub-pane-title").textContent).toBe("org/model-1");
    expect(view.rows()[1]?.getAttribute("aria-selected")).toBe("true");
    expect(document.activeElement).toBe(view.named("Close"));
    press(view.named("Close"), "Escape");
    expect(view.one(".hub-pane").hidden).toBe(true);
    expect(document.activeElement).toBe(grid());
    expect(view.rows()[1]?.getAttribute("aria-selected")).toBe("false");
  });

  it("keeps the focus in the list when a row is clicked, and stays open as rows come", async () => {
    view = openHub();
    await view.progress(many(3));
    view.rows()[2]?.click();
    expect(view.one(".hub-pane").hidden).toBe(false);
    const parts = view.of("part").length;
    await view.answer("search", many(30));
    expect(view.one(".hub-pane-title").textContent).toBe("org/model-2");
    expect(view.of("part")).toHaveLength(parts);
    await view.fail("part", "no such part");
    expect(view.one(".hub-pane").textContent).toContain("no such part");
  });

  it("opens the cache", async () => {
    view = openHub();
    view.button("Cached models …").click();
    expect(view.last("part")).toMatchObject({ name: "cache" });
    expect(view.one(".hub-pane-title").textContent).toBe("Cached models");
    press(view.named("Close"), "Escape");
    expect(document.activeElement).toBe(view.button("Cached models …"));
  });

  it("gives the focus to the search field where no list is left to have it", async () => {
    view = openHub();
    await view.answer("search", many(3));
    view.rows()[2]?.click();
    await view.choose("Licence", "mit");
    await view.answer("search", []);
    press(view.named("Close"), "Escape");
    expect(document.activeElement).toBe(view.named("Search for models"));
  });

  it("goes to the search field with a slash", async () => {
    view = openHub();
    await view.answer("search", many(3));
    grid().focus();
    press(grid(), "/");
    expect(document.activeElement).toBe(view.named("Search for models"));
  });

  it("asks the same again when models came or went, and stays where it is", async () => {
    view = openHub();
    await view.answer("search", many(3));
    view.receive({ type: "changed" });
    expect(view.last("search")).toMatchObject({ fresh: true });
    await view.progress([row(0)]);
    expect(view.rows()).toHaveLength(3);
    await view.answer("search", many(4));
    expect(view.rows()).toHaveLength(4);
  });

  it("changes the language and keeps what was done", async () => {
    view = openHub({ language: "de" });
    await view.answer("search", many(1234), { known: 1234 });
    view.rows()[0]?.click();
    view.change("language", "de");
    expect(view.text()).toBe("1.234 Modelle");
    expect(view.one(".hub-chip").textContent).toBe("Sprache: Deutsch (de)×");
    expect(view.one(".hub-pane").hidden).toBe(false);
    expect(view.rows()[0]?.getAttribute("aria-selected")).toBe("true");
  });

  it("lets go of everything when it is closed", async () => {
    view = openHub();
    const problem = { kind: "limited", text: "x", wait: 42 };
    await view.answer("search", many(2), { more: true, problem });
    view.clean();
    const before = view.sent.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(view.sent.length).toBe(before);
    expect(view.listening()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
