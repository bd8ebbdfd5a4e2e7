import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Derivation, Run, Stage, StagePiece, StagesPayload } from "./model.ts";
import { openPanel, press } from "./panel-testing.ts";
import { stagesPanel } from "./stages/index.ts";
import { boxes } from "./stages/merges.ts";

const same = (text: string): Run => ({ text, kind: "same" });
const piece = (runs: string | Run[], word = -1, more: Partial<StagePiece> = {}): StagePiece => ({
  runs: typeof runs === "string" ? [same(runs)] : runs,
  word,
  kind: "text",
  ...more,
});
const stage = (kind: Stage["kind"], pieces: StagePiece[], more: Partial<Stage> = {}): Stage => ({
  kind,
  name: "Some",
  changed: true,
  absent: false,
  steps: [],
  pieces,
  ...more,
});

const LOWERED = [
  piece([{ text: "C", kind: "removed" }, { text: "c", kind: "changed" }, same("afe")]),
  piece("[MASK]", -1, { kind: "added" }),
];
const STAGES = [
  stage("added", [piece("Cafe <b>x</b>"), piece("[MASK]", -1, { kind: "added" })]),
  stage("normalizer", LOWERED, {
    name: "Sequence",
    steps: [
      { name: "Strip", changed: false, pieces: [] },
      { name: "NFC", changed: false, pieces: [] },
      { name: "Lowercase", changed: true, pieces: LOWERED },
      { name: "StripAccents", changed: true, pieces: LOWERED },
    ],
  }),
  stage("added-normalized", [piece("hidden")], { changed: false }),
  stage("pre-tokenizer", [
    piece("cafe", 7),
    piece("[MASK]", 9, { kind: "added" }),
    piece("olé", 8),
  ]),
  stage("model", [
    piece("ca", 7, { id: 5 }),
    piece("##fe", 7, { id: 6 }),
    piece("olé", 8, { id: 9 }),
  ]),
  stage("post-processor", [], { absent: true, changed: false }),
];

const payload = (more: Partial<StagesPayload> = {}): StagesPayload => ({
  problem: null,
  characters: 20_000,
  whole: true,
  window: 0,
  windows: 1,
  stages: STAGES,
  ...more,
});

let view: ReturnType<typeof openPanel>;
const blocks = () => view.all(".tok-stage");
const chips = (word: number) => view.all(`[data-word="${word}"]`);

async function derive(derivation: Derivation) {
  chips(7)[0]?.click();
  await view.answer(derivation);
}

describe("the stages of a tokenizer", () => {
  beforeEach(async () => {
    vi.useFakeTimers();
    view = openPanel(stagesPanel);
    expect(view.last()).toMatchObject({ type: "stages", window: 0 });
    await view.answer(payload());
  });
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("numbers and names each stage, and says whether it changed anything", () => {
    expect(blocks().map((block) => block.querySelector("b")?.textContent)).toEqual([
      ..."01",
      "1b",
      ..."234",
    ]);
    const badges = blocks().map((block) => block.querySelector("em")?.textContent);
    expect(badges.slice(1, 3)).toEqual(["changed", "nothing changed"]);
    expect(badges[5]).toBe("not there");
    expect(blocks()[1]?.querySelector("h3")?.textContent).toBe("Normalizer");
    expect(blocks()[2]?.textContent).not.toContain("hidden");
  });

  it("marks changed and removed characters, and tells added tokens apart", () => {
    const [line] = [...(blocks()[1]?.querySelectorAll(".tok-bits") ?? [])];
    expect(line?.querySelector("del")?.textContent).toBe("C");
    expect(line?.querySelector("mark")?.textContent).toBe("c");
    expect(line?.querySelector("[data-kind=added]")?.textContent).toBe("[MASK]");
    expect(blocks()[0]?.textContent).toContain("Cafe·<b>x</b>");
    expect(blocks()[0]?.querySelector(".tok-bit b")).toBeNull();
  });

  it("lists the steps of a sequence, idle ones in one line", () => {
    const items = [...(blocks()[1]?.querySelectorAll("li") ?? [])];
    expect(items.map((item) => item.querySelector("code")?.textContent)).toEqual([
      "Strip, NFC",
      "Lowercase",
      "StripAccents",
    ]);
    expect(items[0]?.textContent).toContain("nothing changed");
    expect(items[1]?.querySelector("mark")?.textContent).toBe("c");
  });

  it("derives text only, not added tokens", () => {
    expect(chips(9).map(({ tagName }) => tagName)).toEqual(["SPAN"]);
    chips(9)[0]?.click();
    expect(view.sent).toHaveLength(1);
  });

  it("lights up a word in all stages", () => {
    chips(7)[1]?.dispatchEvent(new Event("pointerover", { bubbles: true }));
    expect(view.all("[data-lit]")).toEqual(chips(7));
    expect(chips(7)).toHaveLength(3);
    chips(8)[0]?.dispatchEvent(new Event("pointerover", { bubbles: true }));
    expect(view.all("[data-lit]")).toEqual(chips(8));
  });

  it("is one stop of the Tab key for each line, with arrows inside", () => {
    const buttons = view.all(".tok-stage button");
    expect(buttons.map(({ tabIndex }) => tabIndex)).toEqual([0, -1, 0, -1, -1]);
    const [, , first, second, third] = buttons;
    first?.focus();
    press(first as Element, "ArrowRight");
    expect(document.activeElement).toBe(second);
    press(second as Element, "End");
    expect(document.activeElement).toBe(third);
    expect(buttons.map(({ tabIndex }) => tabIndex)).toEqual([0, -1, -1, -1, 0]);
  });

  it("says why nothing is drawn, and draws nothing", async () => {
    view.clean();
    view = openPanel(stagesPanel);
    const problem = { en: "No <i>fast</i> tokenizer.", de: "Kein schneller Tokenizer." };
    await view.answer(payload({ problem, stages: [] }));
    expect(view.one(".tfw-note").textContent).toBe("⚠ No <i>fast</i> tokenizer.");
    expect(blocks()).toEqual([]);
    view.inGerman();
    expect(view.one(".tfw-note").textContent).toBe("⚠ Kein schneller Tokenizer.");
  });

  it("turns from part to part and no further", async () => {
    expect(view.one(".tok-pager").hidden).toBe(true);
    view.clean();
    view = openPanel(stagesPanel);
    await view.answer(payload({ windows: 3, whole: false }));
    expect(view.text()).toContain("Part 1 of 3");
    expect(view.text()).toContain("Only the first 20,000 characters are shown.");
    view.named("Previous part").click();
    expect(view.sent).toHaveLength(1);
    view.named("Next part").click();
    view.named("Next part").click();
    expect(view.last()).toMatchObject({ type: "stages", window: 2 });
    await view.answer(payload({ windows: 3, window: 2 }));
    expect(view.text()).toContain("Part 3 of 3");
    expect(view.named("Next part").getAttribute("aria-disabled")).toBe("true");
  });

  it("shows an error and asks the same again", async () => {
    view.clean();
    view = openPanel(stagesPanel);
    await view.fail("no <b>memory</b>");
    expect(view.one("[role=alert]").textContent).toContain("no <b>memory</b>");
    view.button("Try again").click();
    expect(view.last()).toMatchObject({ type: "stages", window: 0 });
    await view.answer(payload());
    expect(view.all("[role=alert]")).toEqual([]);
    expect(blocks()).toHaveLength(6);
  });

  it("opens the derivation of a word, and closes it with Escape", async () => {
    await derive({
      algorithm: "WordLevel",
      word: "cafe",
      piece: "[UNK]",
      known: false,
      exact: true,
    });
    expect(view.last()).toMatchObject({ type: "word", word: 7 });
    const open = view.all("[aria-pressed=true]");
    expect(open.map((chip) => chip.dataset.word)).toEqual(["7", "7", "7"]);
    expect(view.one(".tok-word-head").textContent).toContain("How “cafe” is split");
    expect(view.one(".tok-word-body").textContent).toContain("not in the vocabulary");
    view.button("Close").focus();
    press(view.button("Close"), "Escape");
    expect(view.one(".tok-word").hidden).toBe(true);
    expect(view.all("[aria-pressed=true]")).toEqual([]);
    expect(document.activeElement).toBe(chips(7)[0]);
  });

  it("steps through the merges of byte-pair encoding", async () => {
    const merges = [
      { rank: 3, left: "a", right: "b", parts: ["ab", "a", "b", "c"] },
      { rank: 3, left: "a", right: "b", parts: ["ab", "ab", "c"] },
      { rank: 90, left: "ab", right: "c", parts: ["ab", "abc"] },
    ];
    const symbols = [..."ababc"];
    await derive({
      algorithm: "BPE",
      word: "ababc",
      direct: false,
      symbols,
      merges,
      exact: true,
    });
    const parts = () => [...view.one(".tok-stepper .tok-bits").children].map((x) => x.textContent);
    expect(parts()).toEqual(["ab", "abc"]);
    const slider = view.named("Merges done");
    slider.value = "1";
    slider.dispatchEvent(new Event("input"));
    expect(parts()).toEqual(["ab", "a", "b", "c"]);
    expect(view.one(".tok-stepper").textContent).toContain("After merge 1 of 3");
    expect(view.all(".tok-tree [data-step=later]")).toHaveLength(2);
    expect(view.one("[aria-current=step]").textContent).toBe("3a + b→ ab");
    view.inGerman();
    expect(view.one(".tok-stepper").textContent).toContain("Nach Merge 1 von 3");
    view.named("Ausgeführte Merges").value = "0";
    view.named("Ausgeführte Merges").dispatchEvent(new Event("input"));
    expect(parts()).toEqual(symbols);
    expect(view.all("[aria-current]")).toEqual([]);
  });

  it("lays merges out below the symbols that they span", () => {
    const drawn = boxes(
      [..."aab"],
      [
        { rank: 1, left: "a", right: "b", parts: ["a", "ab"] },
        { rank: 2, left: "a", right: "ab", parts: ["aab"] },
      ],
    );
    expect(drawn.map(({ from, to, level, until }) => [from, to, level, until])).toEqual([
      [0, 1, 1, 3],
      [1, 2, 1, 2],
      [2, 3, 1, 2],
      [1, 3, 2, 3],
      [0, 3, 3, 4],
    ]);
  });

  it("says that a whole word was in the vocabulary", async () => {
    await derive({
      algorithm: "BPE",
      word: "cafe",
      direct: true,
      symbols: [],
      merges: [],
      exact: true,
    });
    expect(view.one(".tok-word-body").textContent).toContain("The whole word is in the vocabulary");
    expect(view.all(".tok-tree")).toEqual([]);
  });

  it("shows the longest matches of WordPiece", async () => {
    const steps = [
      { piece: "ca", rest: "fe", tried: 1_200, known: true },
      { piece: "[UNK]", rest: "", tried: 2, known: false },
    ];
    await derive({ algorithm: "WordPiece", word: "cafe", steps, exact: true });
    const rows = view
      .all(".tok-lines tr")
      .map((row) => [...row.children].map((x) => x.textContent));
    expect(rows.slice(1)).toEqual([
      ["ca", "fe", "1,200"],
      ["[UNK]nothing fits", "–", "2"],
    ]);
  });

  it("compares the best paths of Unigram", async () => {
    const paths = [
      { score: -7.126, pieces: [{ piece: "cafe", score: -7.126, known: true }] },
      {
        score: -19,
        pieces: [
          { piece: "c", score: -9, known: true },
          { piece: "é", score: -10, known: false },
        ],
      },
    ];
    await derive({ algorithm: "Unigram", word: "cafe", paths, exact: true });
    const rows = view.all(".tok-lines tr").map((row) => row.textContent);
    expect(rows.slice(1)).toEqual(["best-7.13cafe-7.13", "2.-19c-9é-10 · not in the vocabulary"]);
    expect(view.one(".tok-word-body").textContent).toContain("higher is better");
  });

  it("draws no derivation that does not end where the tokenizer ends", async () => {
    await derive({ algorithm: "WordLevel", word: "x", piece: "secret", known: true, exact: false });
    expect(view.one(".tok-word-body").textContent).toContain("Not drawn");
    expect(view.one(".tok-word-body").textContent).not.toContain("secret");
  });

  it("keeps the open word and asks nothing when the language changes", async () => {
    await derive({ algorithm: "WordLevel", word: "cafe", piece: "cafe", known: true, exact: true });
    const asked = view.sent.length;
    view.inGerman();
    expect(view.sent).toHaveLength(asked);
    expect(view.one(".tok-word-head").textContent).toContain("Wie „cafe“ zerlegt wird");
    expect(view.all("[aria-pressed=true]")).toHaveLength(3);
  });
});
