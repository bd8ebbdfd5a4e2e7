import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeModel } from "../shared/testing.ts";
import widget from "./index.ts";
import type { TokensState } from "./model.ts";
import { type MadeUnit, Names, packed, source, state, words } from "./testing.ts";

// The kernel would send it; see late-panel.test.ts.
vi.mock("../shared/part.ts", async () => {
  const { default: exported } = await import("./compare/part.ts");
  return { loadPart: async () => ({ exported, css: "" }) };
});

const arrived = () => vi.advanceTimersByTimeAsync(0);

const SENTENCE: MadeUnit[] = [
  {
    text: "A<b>c</b> tea\n",
    tokens: [
      { piece: "[CLS]", flags: 1 },
      { piece: "a", at: [0, 1], word: 0 },
      { piece: "<b>", at: [1, 4], word: 1 },
      { piece: "##c", at: [4, 5], word: 1 },
      { piece: "</b>", at: [5, 9], word: 2 },
      { piece: " tea", at: [9, 13], word: 3, flags: 16 },
    ],
  },
  words("two lines", 4),
];

function open(
  units: MadeUnit[] = SENTENCE,
  summary: Partial<TokensState["summary"]> = {},
  known = units.length,
  change: Partial<TokensState> = {},
) {
  const names = new Names();
  packed(units, names);
  const fake = fakeModel<TokensState>({ ...state(units, names, known, summary), ...change });
  const el = document.createElement("div");
  document.body.append(el);
  const close = widget.render({ model: fake.model, el });
  const last = (type: string) =>
    fake.sent.filter((sent) => sent.type === type).at(-1) as (typeof fake.sent)[number];
  return {
    ...fake,
    el,
    names,
    last,
    async answer() {
      const { id, start, stop } = last("units") as unknown as {
        id: string;
        start: number;
        stop: number;
      };
      const { payload, buffers } = packed(units, names, start, stop);
      fake.receive({ id, ok: payload }, buffers);
      await vi.advanceTimersByTimeAsync(0);
    },
    clean() {
      close();
      el.remove();
    },
  };
}

let view: ReturnType<typeof open>;
const all = (selector: string) => [...view.el.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string) => all(selector)[0] as HTMLElement;
const options = () => all("[role=option]");
const texts = () => options().map((option) => option.textContent);
const chosen = () => all("[role=option][aria-selected=true]").map((option) => option.textContent);
const active = () => {
  const id = one("[role=listbox]").getAttribute("aria-activedescendant");
  return id ? view.el.querySelector(`[id="${id}"]`)?.textContent : null;
};
const detail = () => one(".tok-detail").textContent;
const button = (text: string) => all("button").find((found) => found.textContent === text);
const radio = (text: string) =>
  all(".tok-choice label")
    .find((found) => found.textContent === text)
    ?.querySelector("input");

function key(name: string, more: KeyboardEventInit = {}, on = one("[role=listbox]")): void {
  on.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, ...more }));
}

function mouse(type: string, on: Element | undefined, more: MouseEventInit = {}): void {
  on?.dispatchEvent(new MouseEvent(type, { bubbles: true, detail: 1, ...more }));
}

function click(on: Element | undefined, more: MouseEventInit = {}): void {
  for (const type of ["mousedown", "mouseup", "click"]) mouse(type, on, more);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  view.clean();
  vi.useRealTimers();
});

describe("the token view", () => {
  it("draws the text as its tokens without asking the kernel", async () => {
    view = open();
    await vi.advanceTimersByTimeAsync(500);
    expect(view.sent).toEqual([]);
    expect(texts()).toEqual(["[CLS]", "A", "<b>", "c", "</b>", " tea", "two", "lines"]);
    expect(view.el.querySelector("b:not(.tok-detail b)")).toBeNull();
    expect(all(".tok-unit").map((unit) => unit.dataset.number)).toEqual(["0", "6"]);
    expect(options()[3]?.getAttribute("aria-label")).toBe("Token 3: ##c, Id 3");
    expect(options()[5]?.classList.contains("tok-unknown")).toBe(true);
  });

  it("says what is to say about the tokenizer", () => {
    const about = source(SENTENCE, { special: 2, tokens: 535, words: 410, characters: 2_132 });
    view = open(SENTENCE, { sources: [about] });
    expect(one(".tfw-summary").textContent).toBe(
      "bert-base-uncased · WordPiece · vocabulary of 30,522 · 535 tokens (2 special) · " +
        "1.3 tokens per word · 4 characters per token  104% of 512 tokens ⚠ 23 tokens too many",
    );
  });

  it("shows pieces and ids, and signs for whitespace on request", () => {
    view = open();
    expect(one(".tok-blank").dataset.sign).toBe("⏎");
    expect(options()[5]?.classList.contains("tok-spaced")).toBe(true);
    radio("Pieces")?.click();
    expect(texts()).toEqual(["[CLS]", "a", "<b>", "##c", "</b>", " tea", "two", "lines"]);
    radio("Ids")?.click();
    expect(texts()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    radio("Text")?.click();
    const box = one("input[type=checkbox]") as HTMLInputElement;
    box.click();
    expect(all(".tok-blank, .tok-spaced")).toEqual([]);
    expect(options()[5]?.textContent).toBe(" tea");
  });

  it("colours by position, token and word", () => {
    view = open([words("a b a b a b a b", 0)]);
    const hues = () => options().map((option) => option.style.getPropertyValue("--tok-hue"));
    expect(hues()[6]).toBe(hues()[0]);
    expect(hues()[2]).not.toBe(hues()[0]);
    radio("Token")?.click();
    expect(new Set(hues()).size).toBe(2);
    expect(hues()[2]).toBe(hues()[0]);
    radio("Word")?.click();
    expect(new Set(hues()).size).toBe(8);
    expect(radio("Role")).toBeUndefined();
  });

  it("names characters that show nothing, but leaves emoji whole", () => {
    const text = "a\u200bb\u202ec👩\u200d👧";
    view = open([{ text, tokens: [{ piece: "x", at: [0, text.length] }] }]);
    expect(all(".tok-box").map((box) => box.dataset.sign)).toEqual(["ZWSP", "U+202E"]);
    expect(options()[0]?.textContent).toBe(text);
  });

  it("marks what no token stands for, and tells where text was cut off", () => {
    view = open([
      {
        text: "a\u200b b",
        tokens: [
          { piece: "a", at: [0, 1] },
          { piece: "b", at: [3, 4] },
        ],
      },
      { text: "gone", tokens: [], flags: 2 },
    ]);
    expect(all(".tok-dropped").map((gap) => gap.textContent)).toEqual(["\u200b "]);
    expect(one(".tok-lost").textContent).toBe("gone");
    expect(one(".tok-head").textContent).toBe("✂ Cut off by truncation");
  });

  it("shows shared characters once, with the bytes of each token", () => {
    const part = (bytes: string) => ({
      piece: bytes,
      at: [0, 2] as [number, number],
      bytes,
      flags: 128,
    });
    view = open([{ text: "😀", tokens: [part("F09F"), part("98"), part("80")] }]);
    expect(one(".tok-group").textContent).toBe("😀");
    expect(options().map((cell) => cell.dataset.sign)).toEqual(["F09F", "98", "80"]);
    click(one(".tok-group"));
    expect(detail()).toContain("3 tokens1 character");
    click(options()[0]);
    expect(detail()).toContain("2 bytes F0 9F");
  });

  it("collapses padding, and steps over it", () => {
    const pads = Array.from({ length: 37 }, () => ({ piece: "[PAD]", flags: 13 }));
    view = open([{ text: "a", tokens: [{ piece: "a", at: [0, 1] }, ...pads, { piece: "[SEP]" }] }]);
    expect(texts()).toEqual(["a", "[PAD] ×37", "[SEP]"]);
    key("End");
    key("ArrowLeft");
    expect(active()).toBe("[PAD] ×37");
    expect(detail()).toContain("Tokens 1–37");
    expect(detail()).toContain("Padding");
  });

  it("labels roles, the second text and annotations", () => {
    const units: MadeUnit[] = [
      { ...words("hello Ann"), role: 0, marks: [[6, 9, 0]] },
      { ...words("hi"), role: 1 },
      { ...words("other"), role: 1, flags: 1 },
    ];
    view = open(units, { roles: ["user", "assistant"], labels: ["PER"] });
    expect(all(".tok-head").map((head) => head.textContent)).toEqual([
      "user",
      "assistant",
      "Second text",
    ]);
    expect(one(".tok-marked").textContent).toBe("Ann");
    expect(one(".tok-tag").textContent).toBe("PER");
    expect(radio("Role")).toBeDefined();
    click(options()[3]);
    expect(detail()).toContain("Second text");
    expect(detail()).toContain("Role assistant");
  });

  it("says that a text is empty, and that offsets are missing", () => {
    const units = [{ text: "", tokens: [] }];
    view = open(units, { sources: [source(units, { characters: 0 })] });
    expect(one(".tfw-note").textContent).toBe("This text is empty: there are no tokens.");
    view.clean();
    view = open(SENTENCE, { sources: [source(SENTENCE, { offsets: "none" })] });
    expect(one(".tfw-note").textContent).toContain("No offsets");
  });
});

describe("selecting tokens", () => {
  it("tells about the token under the pointer, and about the selected one", () => {
    view = open();
    click(options()[3]);
    mouse("mouseover", options()[5]);
    expect(detail()).toBe(
      "Token 5·teaId 5Text “·tea”Characters [9, 13)4 bytes 20 74 65 61Word 3Type id 0Unknown",
    );
    mouse("mouseleave", one("[role=listbox]"));
    expect(detail()).toContain("##c");
    expect(chosen()).toEqual(["c"]);
    expect(document.getSelection()?.toString()).toBe("c");
  });

  it("selects several tokens and copies their ids", async () => {
    const writeText = vi.fn(async () => {});
    vi.stubGlobal("navigator", { clipboard: { writeText }, language: "en" });
    view = open();
    click(options()[1]);
    click(options()[6], { shiftKey: true });
    expect(chosen()).toEqual(["A", "<b>", "c", "</b>", " tea", "two"]);
    expect(detail()).toContain("6 tokens17 characters");
    button("Copy ids")?.click();
    await vi.advanceTimersByTimeAsync(0);
    expect(writeText).toHaveBeenCalledWith("1, 2, 3, 4, 5, 6");
    expect(detail()).toContain("Copied");
    vi.unstubAllGlobals();
  });

  it("marks the ids where there is no clipboard", async () => {
    vi.stubGlobal("navigator", { clipboard: undefined, language: "en" });
    view = open();
    click(options()[1]);
    click(options()[3], { shiftKey: true });
    button("Copy ids")?.click();
    await vi.advanceTimersByTimeAsync(0);
    expect(document.getSelection()?.toString()).toBe("1, 2, 3");
    expect(detail()).toContain("Press Ctrl+C");
    vi.unstubAllGlobals();
  });

  it("selects the tokens that marked text touches, and no neighbours", () => {
    view = open();
    mouse("mousedown", options()[2]);
    const range = document.createRange();
    range.setStart(options()[2]?.firstChild as Node, 1);
    range.setEnd(options()[5]?.firstChild as Node, 0);
    document.getSelection()?.removeAllRanges();
    document.getSelection()?.addRange(range);
    mouse("mouseup", options()[4], { clientX: 50 });
    mouse("click", options()[4], { clientX: 50 });
    expect(chosen()).toEqual(["<b>", "c", "</b>"]);
  });

  it("goes by keys, extends with Shift and clears with Escape", () => {
    view = open();
    one("[role=listbox]").focus();
    expect(active()).toBe("[CLS]");
    key("ArrowRight");
    key("ArrowRight");
    expect(active()).toBe("<b>");
    expect(chosen()).toEqual([]);
    key(" ");
    expect(chosen()).toEqual(["<b>"]);
    key("ArrowRight", { shiftKey: true });
    key("ArrowRight", { shiftKey: true });
    expect(chosen()).toEqual(["<b>", "c", "</b>"]);
    key("ArrowDown");
    expect(active()).toBe("two");
    key("Home");
    expect(active()).toBe("[CLS]");
    key("ArrowLeft");
    expect(active()).toBe("[CLS]");
    key("Escape");
    expect(chosen()).toEqual([]);
    const left = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true });
    one("[role=listbox]").dispatchEvent(left);
    expect(left.defaultPrevented).toBe(false);
  });

  it("goes the other way in text that runs from right to left", () => {
    view = open([words("שלום עולם")]);
    expect(one(".tok-unit").dir).toBe("rtl");
    one("[role=listbox]").focus();
    key("ArrowLeft");
    expect(active()).toBe("עולם");
  });
});

describe("a long text", () => {
  const lines = (count: number, text: string) =>
    Array.from({ length: count }, (_, k) => words(`${text} ${k}\n`, k * 100));
  const nodes = () => {
    const walker = document.createTreeWalker(
      view.el,
      NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
    );
    let count = 0;
    while (walker.nextNode()) count++;
    return count;
  };

  it("has at most 2,000 nodes, wherever one is", async () => {
    view = open(lines(20_000, "a line of six words here"), {}, 60);
    expect(nodes()).toBeLessThan(2_000);
    one("[role=listbox]").focus();
    key("End");
    await vi.advanceTimersByTimeAsync(100);
    await view.answer();
    expect(active()).toBe("19999");
    expect(nodes()).toBeLessThan(2_000);
    view.clean();
    view = open(lines(1_800, "some eleven words that make a long line of text ".repeat(9)), {}, 30);
    expect(nodes()).toBeLessThan(2_000);
  });

  it("asks for what is on screen, and goes on when it is there", async () => {
    view = open(lines(200, "a line"), {}, 3);
    expect(all("[data-wait]")[0]?.textContent).toBe("not loaded yet");
    await vi.advanceTimersByTimeAsync(100);
    expect(view.last("units")).toMatchObject({ source: 0, start: 0, stop: 50 });
    await view.answer();
    expect(all("[data-wait]")).toEqual([]);
    key("End");
    await vi.advanceTimersByTimeAsync(100);
    expect(view.last("units")).toMatchObject({ start: 150, stop: 200 });
    await view.answer();
    expect(active()).toBe("199");
    key("ArrowUp");
    expect(active()).toBe("198");
  });

  it("shows an error of the kernel, and asks the same again", async () => {
    view = open(lines(200, "a line"), {}, 3);
    await vi.advanceTimersByTimeAsync(100);
    view.receive({ id: view.last("units").id, error: "out of <i>memory</i>" });
    await vi.advanceTimersByTimeAsync(0);
    expect(one("[role=alert]").textContent).toContain("The kernel reports: out of <i>memory</i>");
    button("Try again")?.click();
    await view.answer();
    expect(all("[role=alert]")).toEqual([]);
    expect(all("[data-wait]")).toEqual([]);
  });

  it("asks for names that it does not know, and then shows them", async () => {
    view = open(lines(60, "a line"), {}, 3);
    await vi.advanceTimersByTimeAsync(100);
    radio("Pieces")?.click();
    await view.answer();
    expect(texts()).toContain("…");
    await vi.advanceTimersByTimeAsync(100);
    const { id, ids } = view.last("pieces") as unknown as { id: string; ids: number[] };
    view.receive({ id, ok: { pieces: ids.map((k) => `piece ${k}`) } });
    await vi.advanceTimersByTimeAsync(0);
    expect(texts()).not.toContain("…");
    expect(texts()).toContain(`piece ${ids[0]}`);
  });
});

describe("the shell", () => {
  it("hides the tabs where there is one, else goes through them by keys", async () => {
    view = open();
    expect(one("[role=tablist]").hidden).toBe(true);
    view.clean();
    view = open(SENTENCE, { tabs: ["tokens", "compare"] });
    const [tokens, compare] = all("[role=tab]") as [HTMLElement, HTMLElement];
    expect(tokens.getAttribute("aria-selected")).toBe("true");
    expect(all(".tok-sources")).toEqual([]);
    key("ArrowRight", {}, tokens);
    expect(document.activeElement).toBe(compare);
    expect(compare.getAttribute("aria-selected")).toBe("true");
    expect(tokens.tabIndex).toBe(-1);
    await arrived();
    expect(all("[role=tabpanel]:not([hidden]) .tok-sources")).toHaveLength(1);
    key("ArrowRight", {}, compare);
    expect(document.activeElement).toBe(tokens);
    key("End", {}, tokens);
    expect(document.activeElement).toBe(compare);
  });

  it("keeps what the reader did when the language changes", () => {
    view = open(SENTENCE, { tabs: ["tokens", "compare"] });
    radio("Ids")?.click();
    click(options()[2]);
    click(options()[4], { shiftKey: true });
    view.change("language", "de");
    expect(chosen()).toEqual(["2", "3", "4"]);
    expect(detail()).toContain("3 Token8 Zeichen");
    expect(radio("Ids")?.checked).toBe(true);
    all("[role=tab]")[1]?.click();
    view.change("language", "en");
    expect(one("[role=tab][aria-selected=true]").textContent).toBe("Compare");
  });

  it("leaves nothing behind", () => {
    view = open();
    view.clean();
    expect(view.listening()).toBe(0);
  });
});

describe("comparing", () => {
  const other = source(SENTENCE, { name: "<i>gpt2</i>", algorithm: "BPE", tokens: 9 });
  const summary: Partial<TokensState["summary"]> = {
    tabs: ["compare"],
    sources: [source(SENTENCE), other],
  };

  it("asks for the tokens of the other sources", async () => {
    view = open(SENTENCE, summary);
    await vi.advanceTimersByTimeAsync(100);
    expect(view.last("units")).toMatchObject({ source: 1, start: 0, stop: 50 });
    await view.answer();
    expect(all("section")[1]?.textContent).toContain("<i>gpt2</i>");
    expect(all("section")[1]?.querySelectorAll("[role=option]")).toHaveLength(8);
  });

  it("underlines differing tokens", async () => {
    view = open([{ text: "a", tokens: [{ piece: "a", at: [0, 1], flags: 64 }] }], summary);
    await arrived();
    expect(one("section .tok-differs").textContent).toBe("a");
  });

  it("lists several texts and says which source needs the fewest tokens", async () => {
    view = open(SENTENCE, summary);
    await arrived();
    expect(all("table")).toEqual([]);
    view.clean();
    const rows = [
      { label: "first <b>", words: 10, characters: 50, tokens: [14, 10], unknown: [0, 0] },
      { label: "none", words: 0, characters: 0, tokens: [0, 0], unknown: [0, 0] },
      { label: "odd", words: 4, characters: 9, tokens: [2, 4], unknown: [1, 0] },
    ];
    view = open(SENTENCE, summary, 2, { texts: rows });
    await arrived();
    expect(all("tbody tr").map((row) => [...row.children].map((cell) => cell.textContent))).toEqual(
      [
        ["first <b>", "14", "1.4", "1.4×", "10", "1", "fewest"],
        ["none", "0", "–", "fewest", "0", "–", "fewest"],
        ["odd", "2", "0.5", "1 unknown", "4", "1", "fewest"],
      ],
    );
    view.clean();
    const many = Array.from({ length: 1_000 }, (_, k) => ({ ...rows[0], label: `text ${k}` }));
    view = open(SENTENCE, summary, 2, { texts: many as typeof rows });
    await arrived();
    expect(all("tbody tr").length).toBeLessThan(60);
  });
});
