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

describe("what is looked for", () => {
  it("searches once somebody stops to type, at once with Enter, for all with Escape", async () => {
    view = openHub();
    await view.answer("search", many(3));
    const asked = view.of("search").length;
    await view.type("b");
    await vi.advanceTimersByTimeAsync(200);
    await view.type("be");
    await vi.advanceTimersByTimeAsync(200);
    expect(view.of("search")).toHaveLength(asked);
    await vi.advanceTimersByTimeAsync(150);
    expect(view.of("search")).toHaveLength(asked + 1);
    expect(view.last("search")).toMatchObject({ query: { text: "be" } });
    await view.type("bert");
    press(view.named("Search for models"), "Enter");
    expect(view.last("search")).toMatchObject({ query: { text: "bert" } });
    press(view.named("Search for models"), "Escape");
    expect(view.last("search")).toMatchObject({ query: { text: "" } });
    expect(view.named("Search for models").value).toBe("");
  });

  it("drops what was asked before, and never shows its answer", async () => {
    view = openHub();
    const first = view.last("search")?.id;
    await view.choose("Task", "fill-mask").catch(() => {});
    await view.type("x");
    press(view.named("Search for models"), "Enter");
    expect(view.sent).toContainEqual({ id: first, type: "drop" });
    view.receive({
      id: first,
      ok: {
        start: 0,
        rows: many(1),
        known: 1,
        more: false,
        facets: {},
        problem: null,
        notes: [],
        counts: {},
      },
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(view.rows()[0]?.hasAttribute("data-skeleton")).toBe(true);
    await view.answer("search", [row(9)]);
    expect(texts()).toHaveLength(1);
    expect(texts()[0]).toContain("model-9");
  });

  it("keeps the old rows, dimmed, until the first new ones are here", async () => {
    view = openHub();
    await view.answer("search", many(3));
    await view.type("x");
    press(view.named("Search for models"), "Enter");
    expect(texts()[0]).toContain("model-0");
    expect(view.one(".hub-list").hasAttribute("data-stale")).toBe(true);
    await view.progress([row(7)]);
    expect(texts()[0]).toContain("model-7");
    expect(view.one(".hub-list").hasAttribute("data-stale")).toBe(false);
  });

  it("offers what was seen with numbers, then the rest", async () => {
    view = openHub();
    view.receive({
      id: view.last("choices")?.id,
      ok: {
        task: ["fill-mask", "translation"],
        language: ["de"],
        license: [],
        library: [],
        family: [],
      },
    });
    await view.answer("search", many(3), { facets: { task: [["fill-mask", 3]] } });
    const options = [...view.named("Task").querySelectorAll("option")].map((o) => o.textContent);
    expect(options).toEqual(["Task", "fill-mask (3)", "translation"]);
    expect(view.named("Language").textContent).toContain("German (de)");
    await view.choose("Task", "translation");
    expect(view.last("search")).toMatchObject({ query: { task: "translation" } });
  });

  it("shows filters as chips that can be taken away, alone or together", async () => {
    view = openHub({ text: "x", language: "de", params: "50M:200M", gated: false });
    await view.answer("search", many(1));
    const chips = () => view.all(".hub-chip").map((chip) => chip.textContent);
    expect(chips()).toEqual(["Language: German (de)×", "Params: 50–200\u202fM×", "Open×"]);
    view.named("Remove filter Language: German (de)").click();
    expect(view.last("search")).toMatchObject({ query: { language: null, params: "50M:200M" } });
    expect(chips()).toHaveLength(2);
    view.button("Reset filters").click();
    expect(view.last("search")).toMatchObject({ query: { text: "x", params: null, gated: null } });
    expect(chips()).toEqual([]);
  });

  it("leaves the hub out when offline", async () => {
    view = openHub();
    const box = view.one(".hub-offline input") as HTMLInputElement;
    box.checked = true;
    box.dispatchEvent(new Event("change"));
    expect(view.last("search")).toMatchObject({ query: { where: ["cache", "folders", "demo"] } });
    await view.answer("search", []);
    expect(view.one(".hub-nothing").textContent).toContain("No model that is here fits.");
    view.button("Search the Hub, too").click();
    expect(view.last("search")).toMatchObject({
      query: { where: ["hub", "cache", "folders", "demo"] },
    });
  });

  it("shows where it looks when that is neither one place nor all", async () => {
    view = openHub({ where: ["hub", "demo"] });
    await view.answer("search", many(1));
    const place = view.named("Place");
    expect(place.value).toBe("hub,demo");
    expect(place.textContent).toContain("Hub, Demo models");
    await view.choose("Place", "cache");
    expect(view.last("search")).toMatchObject({ query: { where: ["cache"] } });
  });

  it("estimates a size that nobody told, and says that it does", async () => {
    view = openHub();
    await view.answer("search", [row(0, { size: null }), row(1, { size: null, dtype: "int4" })]);
    const sizes = view.all(".hub-row .hub-size:not([role=columnheader])");
    expect(sizes[0]?.textContent).toBe("≈\u202f440\u202fMB");
    expect(sizes[0]?.title).toContain("from their number and type");
    expect(sizes[1]?.textContent).toBe("–");
  });

  it("says what the hub cannot sort by", async () => {
    view = openHub();
    await view.answer("search", many(2));
    expect(view.one(".hub-order").hidden).toBe(true);
    view.button("Size").click();
    expect(view.last("search")).toMatchObject({ query: { sort: "size" } });
    expect(view.one(".hub-order").hidden).toBe(false);
    expect(view.button("Size").parentElement?.getAttribute("aria-sort")).toBe("ascending");
  });

  it("says that nothing fits, and takes the filters away", async () => {
    view = openHub({ task: "fill-mask" });
    await view.answer("search", []);
    expect(view.one(".hub-nothing").textContent).toContain("No model fits.");
    expect(grid().hidden).toBe(true);
    view.one(".hub-nothing").querySelector("button")?.click();
    expect(view.last("search")).toMatchObject({ query: { task: null } });
  });
});

describe("what goes wrong", () => {
  it("counts down when the hub wants a pause, and asks again only after it", async () => {
    view = openHub();
    const problem = { kind: "limited", text: "Too many requests.", wait: 42 };
    await view.answer("search", many(2), { more: true, problem });
    expect(view.one("[role=alert]").textContent).toContain("wants a pause");
    expect(view.one("[role=timer]").textContent).toBe("again in 0:42");
    expect(view.button("Try again").disabled).toBe(true);
    // Nothing but the two that are here: the hub is left alone.
    expect(view.rows()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(view.one("[role=timer]").textContent).toBe("again in 0:12");
    expect(view.of("rows")).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(12_500);
    expect(view.button("Try again").disabled).toBe(false);
    view.button("Try again").click();
    expect(view.last("search")).toMatchObject({ retry: true });
    await view.answer("search", many(30));
    expect(view.el.querySelector("[role=alert]")).toBeNull();
    expect(view.rows().length).toBeGreaterThan(2);
  });

  it("says in one line that it is offline on purpose", async () => {
    view = openHub();
    const problem = { kind: "offline", text: "HF_HUB_OFFLINE", wait: null };
    await view.answer("search", many(2), { more: true, problem });
    expect(view.el.querySelector("[role=alert]")).toBeNull();
    expect(view.one(".tfw-problem").textContent).toContain("Offline mode is on");
  });

  it("says what is wrong with the places that were looked through", async () => {
    view = openHub();
    const note = { en: "There is no folder <b>x</b>.", de: "Den Ordner gibt es nicht." };
    await view.answer("search", many(2), { notes: [note] });
    expect(view.one(".tfw-problem .tfw-note").textContent).toBe("There is no folder <b>x</b>.");
    await view.type("x");
    press(view.named("Search for models"), "Enter");
    await view.answer("search", many(2));
    expect(view.el.querySelector(".tfw-problem .tfw-note")).toBeNull();
  });

  it("still shows windows of what is here when the hub fails", async () => {
    view = openHub();
    const problem = { kind: "unreachable", text: "No connection.", wait: null };
    await view.answer("search", many(50), { known: 400, more: true, problem });
    press(grid(), "End");
    await vi.advanceTimersByTimeAsync(100);
    expect(view.last("rows")).toMatchObject({ start: 350, stop: 400 });
  });

  it("shows what the kernel reports, and asks again", async () => {
    view = openHub();
    await view.fail("search", "The Hub has no task 'x'.");
    expect(view.one("[role=alert]").textContent).toContain("no task 'x'");
    view.button("Try again").click();
    await view.answer("search", many(2));
    expect(view.el.querySelector("[role=alert]")).toBeNull();
    expect(view.rows()).toHaveLength(2);
  });

  it("does not blame the kernel while the hub is waited for", async () => {
    view = openHub();
    view.receive({ id: view.last("choices")?.id, error: "no" });
    await view.progress([]);
    await vi.advanceTimersByTimeAsync(4000);
    expect(view.el.textContent).not.toContain("Waiting for the kernel");
    expect(view.text()).toBe("Asking the Hub…");
    await view.type("x");
    press(view.named("Search for models"), "Enter");
    await vi.advanceTimersByTimeAsync(2500);
    expect(view.el.textContent).toContain("Waiting for the kernel");
  });
});
