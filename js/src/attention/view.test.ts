import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Sent } from "../shared/testing.ts";
import { fakeModel } from "../shared/testing.ts";
import { widget } from "../shared/widget.ts";
import { gridSection } from "./grid/index.ts";
import { heatSection } from "./heat/index.ts";
import type { AttentionState, Opened, Summary } from "./model.ts";
import { axis, f16, f32, openedWith, openSection } from "./part-testing.ts";
import { mounting } from "./view.ts";
import { words } from "./words.ts";

const nothing = () => ({ element: document.createElement("i"), layout() {}, dispose() {} });
const LABELS = ["[CLS]", "the", "cat", "sat"];
const bytes = (count: number, value = 100) =>
  new DataView(new Uint8Array(count).fill(value).buffer);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the heat map", () => {
  const open = (more: Partial<Opened> = {}) =>
    openSection(heatSection, openedWith([axis(LABELS)], more));
  const key = (stage: HTMLElement, name: string, more: KeyboardEventInit = {}) =>
    stage.dispatchEvent(
      new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }),
    );

  it("asks for all of a short text, and says what is at the cell: at once, then exactly", async () => {
    const heat = open();
    expect(heat.asked("tile")).toMatchObject([{ level: 0, rows: [0, 4], columns: [0, 4] }]);
    await heat.answer("tile", { height: 4, width: 4, exact: true }, [bytes(16, 127)]);
    heat.session.hover({ query: 2, key: 1 });
    expect(heat.one(".att-value").textContent).toContain("query cat #2 → key the #1: ≈ 0.25");
    await vi.advanceTimersByTimeAsync(50);
    expect(heat.asked("lines")).toMatchObject([{ query: 2, key: null }]);
    await heat.answer("lines", { hidden: 0.62, rough: false }, [f16([0, 0.125, 0.5, 0.25])]);
    const said = heat.one(".att-value").textContent;
    expect(said).toContain("key the #1: 0.125");
    expect(said).toContain("62% on hidden special tokens");
    expect(said).toContain("Layer 0, head 0");
    heat.session.hover({ query: 2, key: 3 });
    expect(heat.one(".att-value").textContent).toContain("sat #3: 0.25");
    expect(heat.asked("lines")).toHaveLength(1);
    heat.clean();
  });

  it("goes by keys: cells, layers, heads, a pin", async () => {
    const heat = open();
    const stage = heat.one(".att-stage");
    const { session } = heat;
    await heat.answer("tile", { height: 4, width: 4, exact: true }, [bytes(16)]);
    session.hover({ query: 0, key: 0 });
    key(stage, "ArrowDown");
    key(stage, "ArrowRight");
    key(stage, "ArrowRight");
    expect(session.hovered).toEqual({ query: 1, key: 2 });
    for (let k = 0; k < 9; k++) key(stage, "ArrowUp");
    key(stage, "End");
    expect(session.hovered).toEqual({ query: 0, key: 3 });
    key(stage, "Enter");
    expect(session.pinned).toEqual({ query: 0, key: 3 });
    key(stage, "Escape");
    expect(session.pinned).toBeUndefined();
    key(stage, "]", { ctrlKey: true }); // a command
    expect(session.heads).toEqual([0]);
    key(stage, "]", { ctrlKey: true, altKey: true }); // AltGr
    key(stage, "PageDown");
    key(stage, "PageDown");
    expect([session.layer, session.heads]).toEqual([1, [1]]);
    expect(heat.asked("tile").at(-1)).toMatchObject({ layer: 1, heads: [1] });
    const event = new KeyboardEvent("keydown", { key: "s", cancelable: true });
    stage.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(false);
    heat.clean();
  });

  it("tells what failed, with a way to ask again", async () => {
    const heat = open();
    await heat.fail("tile", "out of memory");
    expect(heat.one('[role="alert"]').textContent).toContain("out of memory");
    heat.one('[role="alert"] button').click();
    expect(heat.asked("tile")).toHaveLength(2);
    await heat.answer("tile", { height: 4, width: 4, exact: true }, [bytes(16)]);
    expect(heat.all('[role="alert"]')).toHaveLength(0);
    heat.clean();
  });

  it("shows names from outside as text", () => {
    const heat = openSection(heatSection, openedWith([axis(["<b>x</b>", "</script>"])]));
    heat.session.hover({ query: 0, key: 1 });
    expect(heat.one(".att-value").textContent).toContain("<b>x</b>");
    expect(heat.all(".att-value b b, .att-value script")).toHaveLength(0);
    heat.clean();
  });
});

describe("the grid of heads", () => {
  const open = () => openSection(gridSection, openedWith([axis(LABELS)]));
  const key = (grid: ReturnType<typeof open>, name: string, shiftKey = false) =>
    grid
      .one(".att-heads")
      .dispatchEvent(
        new KeyboardEvent("keydown", { key: name, shiftKey, bubbles: true, cancelable: true }),
      );

  it("is walked by keys: one head, or several averaged", () => {
    const grid = open();
    key(grid, "ArrowDown");
    key(grid, "Enter");
    expect([grid.session.layer, grid.session.heads]).toEqual([1, [0]]);
    key(grid, "ArrowRight");
    key(grid, "Enter", true);
    expect(grid.session.heads).toEqual([0, 1]);
    expect(grid.one(".att-line").textContent).toContain("Layer 1, head 1");
    key(grid, "Enter", true);
    expect(grid.session.heads).toEqual([0]);
    key(grid, "Enter", true);
    key(grid, "Home");
    key(grid, "Enter");
    expect([grid.session.layer, grid.session.heads]).toEqual([0, [0]]);
    key(grid, "]");
    key(grid, "PageDown");
    expect([grid.session.layer, grid.session.heads]).toEqual([1, [1]]);
    expect(grid.one(".att-line").textContent).toContain("Layer 1, head 1");
    grid.session.pin({ query: 0, key: 0 });
    key(grid, "Escape");
    expect(grid.session.pinned).toBeUndefined();
    grid.clean();
  });

  it("asks for pictures, then for statistics; sorts by them and tells them", async () => {
    const grid = open();
    expect(grid.asked("thumbs")).toMatchObject([{ kind: "self", layers: [0, 2] }]);
    expect(grid.asked("stats")).toHaveLength(0);
    expect(grid.one("select").hasAttribute("disabled")).toBe(true);
    await grid.answer("thumbs", { height: 4, width: 4, exact: true }, [bytes(64)]);
    await vi.advanceTimersByTimeAsync(50);
    expect(grid.session.panes.has("grid")).toBe(true);
    expect(grid.asked("stats")).toHaveLength(0); // what the reader does first comes before
    await vi.advanceTimersByTimeAsync(500);
    expect(grid.asked("stats")).toMatchObject([{ layers: [0, 2] }]);
    const values = f32([1, 2, 3, 4, 0.1, 0.2, 0.9, 0.3]);
    await grid.answer("stats", { names: ["entropy", "previous"], heads: 2, exact: true }, [values]);
    const select = grid.one("select") as HTMLSelectElement;
    expect(select.disabled).toBe(false);
    select.value = "previous";
    select.dispatchEvent(new Event("change"));
    expect(grid.session.sort).toBe("previous");
    key(grid, "Home");
    key(grid, "Enter");
    expect([grid.session.layer, grid.session.heads]).toEqual([1, [0]]);
    expect(grid.one(".att-line").textContent).toContain("entropy 3 bits · previous token 0.9");
    grid.clean();
  });
});

describe("what the grid says of itself", () => {
  it("is that it knows no lens, where there is one", () => {
    const grid = openSection(gridSection, openedWith([axis(LABELS)]));
    expect(grid.one(".att-whole").hidden).toBe(true);
    grid.session.lens = { words: false, special: false, renormalize: false };
    grid.session.tell("opened");
    expect(grid.one(".att-whole").hidden).toBe(false);
    grid.session.lens = { words: true, special: true, renormalize: false };
    grid.session.tell("opened");
    expect(grid.one(".att-whole").hidden).toBe(false);
    grid.clean();
  });

  it("has no heads and averages for the rollout", () => {
    const opened = openedWith([axis(LABELS)]);
    for (const pane of opened.panes) pane.kind = "rollout";
    const grid = openSection(gridSection, opened);
    expect(grid.one(".att-line").textContent).toContain("Click a layer");
    expect(grid.one(".att-line").textContent).not.toMatch(/average|head/i);
    grid.clean();
  });

  it("offers no order without statistics", () => {
    const can = { ...openedWith([]).can, stats: false };
    const grid = openSection(gridSection, openedWith([axis(LABELS)], { can }));
    expect(grid.one(".att-tools").hidden).toBe(true);
    grid.clean();
    const usual = openSection(gridSection, openedWith([axis(LABELS)]));
    expect(usual.one(".att-tools").hidden).toBe(false);
    usual.clean();
  });
});

describe("the view", () => {
  function open(opened: Opened, items = ["a text"], more: Partial<Summary> = {}) {
    const state: AttentionState = {
      language: "en",
      place: "p",
      summary: { model: "bert", items, notes: [], ...more },
    };
    const fake = fakeModel(state);
    const sections = { heat: heatSection, grid: gridSection, arcs: nothing, text: nothing };
    const made = widget(words, mounting(sections));
    const el = document.createElement("div");
    document.body.append(el);
    const end = made.render({ model: fake.model, el });
    const all = (selector: string) => [...el.querySelectorAll<HTMLElement>(selector)];
    const asked = (type: string) => fake.sent.filter((sent: Sent) => sent.type === type);
    const one = (selector: string) => all(selector)[0] as HTMLElement;
    const answer = async (type: string, content: object, buffers: DataView[] = []) => {
      fake.receive({ id: asked(type).at(-1)?.id, ...content }, buffers);
      await vi.advanceTimersByTimeAsync(0);
    };
    const flags = [bytes(4, 0)];
    return {
      ...fake,
      el,
      end,
      all,
      one,
      asked,
      answer,
      reply: () => answer("open", { ok: opened }, flags),
      named: (text: string) =>
        all("label")
          .find((label) => label.textContent === text)
          ?.querySelector("input") ?? document.createElement("input"),
      clean() {
        end();
        el.remove();
      },
    };
  }
  const select = (view: ReturnType<typeof open>, label: string) =>
    view.one(`select[aria-label="${label}"]`) as HTMLSelectElement;
  const pick = (element: HTMLSelectElement, value: string) => {
    element.value = value;
    element.dispatchEvent(new Event("change"));
  };

  it("asks for the text, keeps its place, and then shows all that can be seen", async () => {
    const view = open(openedWith([axis(LABELS)]));
    expect(view.asked("open")).toMatchObject([{ item: 0, lens: { words: false, special: true } }]);
    expect(view.all(".att-skeleton")).toHaveLength(1);
    await view.reply();
    expect(view.all(".att-skeleton")).toHaveLength(0);
    expect(view.all('[role="tab"]').map((tab) => tab.textContent)).toEqual([
      "Heat map",
      "Arcs",
      "Neurons",
    ]);
    expect(view.one(".att-caution").textContent).toContain("not why the model decides");
    view.clean();
    expect(view.listening()).toBe(0);
  });

  it("opens the text anew through another lens; what was chosen stays", async () => {
    const view = open(openedWith([axis(LABELS)]));
    await view.reply();
    pick(select(view, "Layer"), "1");
    pick(select(view, "Head"), "1");
    expect(view.named("Renormalize").disabled).toBe(true);
    view.named("Special tokens").click();
    expect(view.asked("open").at(-1)).toMatchObject({ lens: { special: false } });
    await view.answer("open", { ok: openedWith([axis(LABELS.slice(1))]) }, [bytes(3, 0)]);
    expect(view.named("Renormalize").disabled).toBe(false);
    expect([select(view, "Layer").value, select(view, "Head").value]).toEqual(["1", "1"]);
    view.clean();
  });

  it("goes back to the lens there is when another one fails", async () => {
    const view = open(openedWith([axis(LABELS)]));
    await view.reply();
    view.named("Words").click();
    await view.answer("open", { error: "no words here" });
    expect(view.one('[role="alert"]').textContent).toContain("no words here");
    expect(view.named("Words").checked).toBe(false);
    view.clean();
  });

  it("averages all heads, and says which are averaged", async () => {
    const view = open(openedWith([axis(LABELS)]));
    await view.reply();
    pick(select(view, "Head"), "all");
    expect(view.one(".att-line").textContent).toContain("average of all 2 heads");
    view.one('button[title="Next layer"]').click();
    expect(select(view, "Head").value).toBe("all");
    expect((view.one('button[title="Next layer"]') as HTMLButtonElement).disabled).toBe(true);
    view.clean();
  });

  it("has what a text has: blocks of a pair, kinds, items", async () => {
    const pair = { ...axis(LABELS), split: 2 };
    const view = open(openedWith([pair]), ["one", "two"]);
    await view.reply();
    expect(view.one(".att-segments").hidden).toBe(true);
    const block = select(view, "Which text attends to which");
    expect(block.hidden).toBe(false);
    pick(select(view, "Text"), "1");
    expect(view.asked("open").at(-1)).toMatchObject({ item: 1 });
    view.clean();
    const single = open(openedWith([axis(LABELS)]));
    await single.reply();
    expect(select(single, "Which text attends to which").hidden).toBe(true);
    expect(select(single, "Text").hidden).toBe(true);
    single.clean();
  });

  it("says so where there is nothing to see, and what failed", async () => {
    const view = open(openedWith([axis([])], { panes: [] }));
    await view.reply();
    expect(view.el.textContent).toContain("There are no attention weights");
    expect(view.all('[role="tab"]')).toHaveLength(0);
    view.clean();
    const failed = open(openedWith([axis([])]));
    await failed.answer("open", { error: "the model is gone" });
    failed.one('[role="alert"] button').click();
    expect(failed.asked("open")).toHaveLength(2);
    failed.clean();
  });

  it("keeps what a reader did when the language changes", async () => {
    const view = open(openedWith([axis(LABELS)]));
    await view.reply();
    pick(select(view, "Head"), "1");
    view.all('[role="tab"]')[1]?.click();
    view.change("language", "de");
    expect(select(view, "Kopf").value).toBe("1");
    expect(view.one('[role="tab"][aria-selected="true"]').textContent).toBe("Bögen");
    expect(view.asked("open")).toHaveLength(1);
    view.clean();
  });

  it("begins where it is told to", async () => {
    const view = open(openedWith([axis(LABELS)]), [], { start: { layer: 1, heads: [1] } });
    await view.reply();
    expect([select(view, "Layer").value, select(view, "Head").value]).toEqual(["1", "1"]);
    view.clean();
  });

  it("exports what is on screen: colours, and the part", async () => {
    const pair = { ...axis(LABELS), split: 2 };
    const can = { ...openedWith([pair]).can, export: ["svg" as const] };
    const view = open(openedWith([pair], { can }));
    await view.reply();
    const save = (name: string) => {
      view
        .all(".att-menu button")
        .find((each) => each.getAttribute("aria-label")?.startsWith(name))
        ?.click();
      return view.asked("export").at(-1);
    };
    expect(save("This head")).toMatchObject({ what: "head", scale: "root", range: null });
    pick(select(view, "Which text attends to which"), "ab");
    pick(select(view, "Colors"), "log");
    const range = { rows: [0, 2], columns: [2, 4] };
    expect(save("This head")).toMatchObject({ what: "head", scale: "log", range });
    expect(save("All heads")).toMatchObject({ what: "grid", range: null });
    view.clean();
  });

  it("offers the files that there are, and says what went wrong with one", async () => {
    const can = { ...openedWith([axis(LABELS)]).can, export: ["html" as const] };
    const view = open(openedWith([axis(LABELS)], { can }));
    await view.reply();
    const files = view.all(".att-menu button");
    expect(files.map((button) => button.getAttribute("aria-label"))).toEqual([
      "This layer as a page: HTML",
      "All layers as a page: HTML",
    ]);
    files[1]?.click();
    expect(view.asked("export")).toMatchObject([{ what: "all", format: "html", layer: 0 }]);
    expect(view.one(".att-export").getAttribute("aria-busy")).toBe("true");
    await view.answer("export", { error: "too large" });
    expect(view.el.textContent).toContain("too large");
    expect(view.one(".att-export").hasAttribute("aria-busy")).toBe(false);
    view.clean();
  });
});
