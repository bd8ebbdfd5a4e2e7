import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { decode } from "./batch/cells.ts";
import { batchPanel } from "./batch/index.ts";
import { withCells } from "./batch/session.ts";
import type { BatchPayload, BatchRow, BatchSettings, TokensState } from "./model.ts";
import { openPanel, press } from "./panel-testing.ts";

const SETTINGS: BatchSettings = {
  padding: "longest",
  padding_side: "right",
  pad_to_multiple_of: null,
  truncation: "none",
  max_length: null,
  batch_size: 8,
};

const buffer = (cells: [id: number, flags: number][]) => {
  const data = new DataView(new ArrayBuffer(cells.length * 4));
  cells.forEach(([id, flags], k) => {
    data.setUint32(k * 4, ((flags << 24) | id) >>> 0, true);
  });
  return data;
};

/** Rows whose cell at `column` has the id `row * 1000 + column`. */
function page(count: number, columns: number, more: Partial<BatchPayload> = {}) {
  const rows: BatchRow[] = Array.from({ length: Math.min(50, count) }, (_, k) => {
    return { text: k, overflow: 0, real: columns - 1, columns, cut: 0, label: `<i>text</i> ${k}` };
  });
  const payload: BatchPayload = {
    start: 0,
    total: count,
    rows,
    columns,
    texts: count,
    padding: 0.41,
    in_order: 0.38,
    sorted: 0.07,
    disagreeing: 0,
    pad: { id: 0, token: "[PAD]" },
    notes: [],
    shipped: null,
    overview: rows.flatMap(() => [0, columns - 1, 1, 0]),
    ...more,
  };
  const cells = payload.rows.flatMap((row, r) =>
    Array.from({ length: row.columns }, (_, c): [number, number] =>
      c === row.columns - 1 ? [0, 1 | 4 | 8] : [r * 1000 + c, 0],
    ),
  );
  return [payload, [buffer(cells)], "batch"] as [BatchPayload, DataView[], string];
}

let view: ReturnType<typeof openPanel>;
const grid = () => view.one("[role=grid]");
const strip = () => view.one(".tok-b-strip").textContent;
const active = () => {
  const id = grid().getAttribute("aria-activedescendant");
  return view.all("[role=gridcell]").find((cell) => cell.id === id);
};

function set(name: string, value: string, event = "input") {
  view.named(name).value = value;
  view.named(name).dispatchEvent(new Event(event));
}

/** Says what ids are called. */
async function name(pieces: Record<number, string>) {
  await vi.advanceTimersByTimeAsync(100);
  const asked = view.sent.filter(({ type }) => type === "pieces").at(-1);
  const ids = asked?.ids as number[];
  await view.answer({ pieces: ids.map((id) => pieces[id] ?? `p${id}`) }, [], "pieces");
}

describe("the batch", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    view = openPanel(batchPanel, {
      batch: SETTINGS,
      summary: { sources: [{ types: true }] } as TokensState["summary"],
    });
  });
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("reads ids and flags of rows of any length", () => {
    const cells = decode(
      buffer([
        [250_000, 255],
        [0, 12],
        [7, 0],
      ]),
      { 2: 2 },
    );
    expect(cells).toEqual([
      { id: 250_000, flags: 255, type: 1 },
      { id: 0, flags: 12, type: 0 },
      { id: 7, flags: 0, type: 2 },
    ]);
    const row = (columns: number) => ({ columns }) as BatchRow;
    const lengths = withCells([row(1), row(0), row(2)], cells).map((r) => r.cells.length);
    expect(lengths).toEqual([1, 0, 2]);
  });

  it("asks for what the widget was called with, and says what the batch is", async () => {
    expect(view.last()).toMatchObject({ type: "batch", settings: SETTINGS, start: 0, stop: 50 });
    await view.answer(...page(12, 128));
    const facts = view.one(".tok-b-facts").textContent;
    expect(facts).toContain("12 × 128");
    expect(facts).toContain("41% of the cells are padding");
    expect(facts).toContain("In batches of 8: 38% padding as the texts come, 7% sorted by length.");
    expect(facts).toContain("127 to 127 tokens per text");
    expect(grid().getAttribute("aria-rowcount")).toBe("13");
    expect(grid().getAttribute("aria-colcount")).toBe("129");
    expect(view.all(".tok-rows [role=row]")[3]?.textContent).toContain("<i>text</i> 3");
    expect(view.all("i")).toEqual([]);
  });

  it("names pieces as they come in, as text", async () => {
    await view.answer(...page(3, 4));
    await name({ 0: "[PAD]", 1001: "<b>x</b>" });
    const cells = view.all(".tok-rows [role=row]")[1]?.querySelectorAll("[role=gridcell]");
    expect([...(cells ?? [])].map((cell) => cell.textContent)).toEqual([
      "p1000",
      "<b>x</b>",
      "p1002",
      "[PAD]",
    ]);
    expect(cells?.[3]?.className).toContain("tok-b-padding");
  });

  it("has only the cells near the screen", async () => {
    await view.answer(...page(1_000, 512));
    const cells = view.all("[role=gridcell]").length;
    expect(cells).toBeGreaterThan(100);
    expect(cells).toBeLessThan(700);
    grid().scrollLeft = 300 * 68;
    grid().dispatchEvent(new Event("scroll"));
    expect(view.all(".tok-top .tok-b-cell")[2]?.textContent).toBe("300");
    const row = view.one(".tok-rows .tok-b-cells");
    expect(row.style.paddingLeft).toBe(`${298 * 68}px`);
    expect(view.all("[role=gridcell]").length).toBeLessThan(700);
  });

  it("moves the active cell in all directions, and says all about it", async () => {
    await view.answer(...page(20, 6));
    press(grid(), "ArrowDown");
    press(grid(), "ArrowRight");
    press(grid(), "ArrowRight");
    await name({ 1002: "##ing" });
    expect(active()?.textContent).toBe("##ing");
    expect(active()?.getAttribute("aria-selected")).toBe("true");
    expect(strip()).toContain("Text 1Position 2##ingId 1002attention_mask 1token_type_ids 0");
    press(grid(), "End");
    expect(strip()).toContain("Position 5");
    expect(strip()).toContain("attention_mask 0");
    expect(active()?.getAttribute("aria-label")).toBe("p0, padding");
    press(grid(), "Home");
    press(grid(), "ArrowLeft");
    expect(strip()).toContain("Text 1Position 0");
    press(grid(), "End", { ctrlKey: true });
    expect(strip()).toContain("Text 19Position 5");
    expect(view.all("[aria-selected=true]")).toHaveLength(1);
  });

  it("makes a clicked cell the active one", async () => {
    await view.answer(...page(20, 6));
    view
      .all(".tok-rows [role=row]")[4]
      ?.querySelectorAll<HTMLElement>("[role=gridcell]")[3]
      ?.click();
    expect(strip()).toContain("Text 4Position 3");
  });

  it("sends what the controls say, once they rest", async () => {
    await view.answer(...page(12, 128));
    set("Padding", "max_length", "change");
    set("Side", "left", "change");
    for (const value of ["6", "64"]) set("Maximum length", value);
    expect(view.sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(300);
    const asked = view.sent.filter(({ type }) => type === "batch");
    expect(asked).toHaveLength(2);
    expect(asked[1]?.settings).toEqual({
      ...SETTINGS,
      padding: "max_length",
      padding_side: "left",
      max_length: 64,
    });
    set("Maximum length", "");
    set("Multiple of", "8");
    await vi.advanceTimersByTimeAsync(300);
    expect(view.last().settings).toMatchObject({ max_length: null, pad_to_multiple_of: 8 });
  });

  it("cannot set what has no effect", async () => {
    expect(view.named("Maximum length").disabled).toBe(true);
    set("Truncation", "longest_first", "change");
    expect(view.named("Maximum length").disabled).toBe(false);
    set("Padding", "none", "change");
    expect(view.named("Side").disabled).toBe(true);
  });

  it("takes the settings that come with the tokenizer, and those of the call back", async () => {
    await view.answer(...page(12, 128));
    expect(view.button("As shipped").hidden).toBe(true);
    const shipped = { ...SETTINGS, padding: "max_length", max_length: 256 } as const;
    set("Texts per batch", "4");
    await vi.advanceTimersByTimeAsync(300);
    await view.answer(...page(12, 128, { shipped }));
    view.button("As shipped").click();
    expect(view.last().settings).toEqual(shipped);
    expect(view.named("Maximum length").value).toBe("256");
    view.button("Reset").click();
    expect(view.last().settings).toEqual(SETTINGS);
    expect(view.named("Texts per batch").value).toBe("8");
  });

  it("says what the kernel notes about these settings", async () => {
    const notes = [{ en: "Cut to <b>32</b>.", de: "Auf <b>32</b> gekürzt." }];
    await view.answer(...page(3, 4, { notes }));
    const warned = view.all(".tok-b-warnings > *").map((note) => note.textContent);
    expect(warned).toEqual(["Cut to <b>32</b>."]);
  });

  it("shows overflow below its text, and what was cut off", async () => {
    const row = { text: 4, overflow: 0, real: 3, columns: 4, cut: 12, label: "a" };
    await view.answer(...page(2, 4, { rows: [row, { ...row, overflow: 1, cut: 0 }] }));
    const heads = view.all("[role=rowheader]").map((head) => head.textContent);
    expect(heads).toEqual(["43 −12a", "↳ 43a"]);
  });

  it("shows an error, keeps the rows, and asks the same again", async () => {
    await view.answer(...page(3, 4));
    set("Padding", "none", "change");
    await vi.advanceTimersByTimeAsync(300);
    view.receive({ id: view.sent.filter(({ type }) => type === "batch").at(-1)?.id, error: "oh" });
    await vi.advanceTimersByTimeAsync(0);
    expect(view.one("[role=alert]").textContent).toContain("oh");
    expect(view.all("[role=rowheader]")).toHaveLength(3);
    view.button("Try again").click();
    expect(view.last().settings).toMatchObject({ padding: "none" });
    await view.answer(...page(3, 4));
    expect(view.all("[role=alert]")).toEqual([]);
  });

  it("keeps settings, rows and the active cell when the language changes", async () => {
    await view.answer(...page(20, 6));
    press(grid(), "ArrowDown");
    press(grid(), "ArrowRight");
    set("Truncation", "only_first", "change");
    await vi.advanceTimersByTimeAsync(300);
    await view.answer(...page(20, 6));
    const asked = view.sent.filter(({ type }) => type === "batch").length;
    view.inGerman();
    await vi.advanceTimersByTimeAsync(500);
    expect(view.sent.filter(({ type }) => type === "batch")).toHaveLength(asked);
    expect(view.named("Kürzung").value).toBe("only_first");
    expect(strip()).toContain("Text 1Position 1");
    expect(view.one(".tok-b-facts").textContent).toContain("der Zellen sind Padding");
  });

  it("leaves nothing behind", async () => {
    await view.answer(...page(200, 6));
    set("Padding", "none", "change");
    view.clean();
    const { length } = view.sent;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(view.sent).toHaveLength(length);
    expect(view.listening()).toBe(0);
  });
});
