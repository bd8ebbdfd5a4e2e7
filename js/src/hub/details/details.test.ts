import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadPart } from "../../shared/part.ts";
import mount from "./part.ts";
import { hubRow, openPart, told } from "./testing.ts";

vi.mock("../../shared/part.ts", () => ({ loadPart: vi.fn() }));

const NOTE = { en: "No header.", de: "Kein Kopf." };

let page: ReturnType<typeof openPart>;
const open = (...change: Parameters<typeof hubRow>) => {
  page = openPart(mount, hubRow(...change));
};

beforeEach(() => void vi.useFakeTimers());
afterEach(async () => {
  const overview = page.button("Overview");
  overview?.click();
  page.clean();
  vi.useRealTimers();
});

describe("details", () => {
  it("show what the list knows before anything is answered", () => {
    open();
    expect(page.last("details")).toMatchObject({ key: "hub:org/tiny" });
    expect(page.text()).toContain("fill-mask");
    expect(page.text()).toContain("German");
    expect(page.text()).toContain("Asking the hub");
    expect(page.opened.element.getAttribute("aria-busy")).toBe("true");
  });

  it("fill up as more is known", async () => {
    open();
    await page.progress("details", told({ complete: false, plan: null }));
    expect(page.text()).toContain("Asking the hub");
    await page.answer("details", told({ facts: { ...told().facts, context: 512, layers: 6 } }));
    expect(page.text()).not.toContain("Asking the hub");
    expect(page.text()).toContain("512 tokens");
    expect(page.text()).toContain("To download: 91\u202fMB");
    expect(page.text()).toContain("40\u202fGB free on the disk");
    expect(page.opened.element.hasAttribute("aria-busy")).toBe(false);
  });

  it("say what the hub did not tell, and ask again", async () => {
    open();
    const problem = { kind: "unreachable", text: "<b>no</b> connection", wait: null };
    await page.answer("details", told({ problem, plan: null }));
    expect(page.all("[role=alert]")[0]?.textContent).toContain("<b>no</b> connection");
    page.button("Try again").click();
    await page.answer("details", told());
    expect(page.all("[role=alert]")).toHaveLength(0);
  });

  it("say what the kernel could not do, and ask again", async () => {
    open();
    await page.fail("details", "search again");
    expect(page.text()).toContain("search again");
    page.button("Try again").click();
    await page.answer("details", told());
    expect(page.text()).not.toContain("search again");
  });

  it("stay as they are while the same is asked again", async () => {
    open();
    const facts = { ...told().facts, context: 512 };
    await page.answer("details", told({ facts }));
    const list = page.all(".hubd-facts")[0];
    await page.job({ state: "cancelled" });
    await page.progress("details", told({ complete: false }));
    expect(page.text()).toContain("512 tokens");
    expect(page.all(".hubd-facts")[0]).toBe(list);
    await page.answer("details", told({ facts }));
    expect(page.all(".hubd-facts")[0]).toBe(list);
  });

  it("are asked again when models came or went", async () => {
    open();
    await page.answer("details", told());
    page.receive({ type: "changed" });
    await page.answer("details", told({ cached: true }));
    expect(page.text()).toContain("loads without a network");
    page.clean();
    const asked = page.sent.length;
    page.receive({ type: "changed" });
    expect(page.sent).toHaveLength(asked);
    open();
  });

  it("keep the focus when somebody tries again", async () => {
    open();
    const problem = { kind: "unreachable", text: "no connection", wait: null };
    await page.answer("details", told({ problem, plan: null }));
    page.button("Try again").focus();
    page.button("Try again").click();
    expect(document.activeElement?.textContent).toBe("Overview");
    expect(page.text()).toContain("Asking the hub");
    await page.fail("details", "broken");
    page.button("Try again").focus();
    page.button("Try again").click();
    expect(document.activeElement?.textContent).toBe("Overview");
  });

  it("say how to get through a gate", async () => {
    open({ gated: "manual" });
    await page.answer("details", told({ gated: "manual" }));
    expect(page.text()).toContain("ask for access on its page");
    const link = page.all(".tfw-note a")[0];
    expect(link?.getAttribute("href")).toBe("https://hub.example/org/tiny");
    expect(link?.getAttribute("rel")).toBe("noopener noreferrer");
  });

  it("make no link of an address that is none of the web", async () => {
    open();
    await page.answer("details", told({ url: "javascript:boom()", gated: "auto" }));
    expect(page.all("a")).toHaveLength(0);
  });

  it("lead to the model under its new name", async () => {
    open();
    await page.answer("details", told({ renamed: "org/new" }));
    page.button("org/new").click();
    expect(page.went).toEqual(["search org/new"]);
  });

  it("tell what fits into memory in words", async () => {
    open();
    const rows = [
      { dtype: "float32", bytes: 2e9, ram: "fits", gpu: "no", as_loaded: true },
      { dtype: "bfloat16", bytes: 1e9, ram: "tight", gpu: null, as_loaded: false },
    ] as const;
    const gpus = [{ name: "Tiny <GPU>", total: 4e9, free: 1e9 }];
    await page.answer(
      "details",
      told({ memory: { rows: [...rows], ram: { total: 16e9, free: 8e9 }, gpus } }),
    );
    const cells = page.all("tbody tr").map((row) => row.textContent);
    expect(cells[0]).toMatch(/^float32.*2\u202fGB.*fits.*too large$/);
    expect(cells[1]).toMatch(/tight/);
    expect(page.text()).toContain("8\u202fGB of 16\u202fGB RAM free");
    expect(page.text()).toContain("Tiny <GPU>: 1\u202fGB of 4\u202fGB free");
  });

  it("tell what the model can do, with a word for each sign", async () => {
    open();
    const values = { family: "<i>bert</i>" };
    const abilities = [
      { name: "transformers", yes: true, key: "transformers.family", values },
      { name: "attention", yes: null, key: "attention.unknown", values: {} },
    ];
    await page.answer("details", told({ abilities }));
    const signs = page.all(".hubd-sign").map((sign) => sign.getAttribute("aria-label"));
    expect(signs).toEqual(["yes", "not known"]);
    expect(page.text()).toContain("<i>bert</i>");
  });

  it("list files, origin and results behind tabs, as text", async () => {
    open();
    await page.answer(
      "details",
      told({
        files: [{ name: "<script>.json", size: 2000, here: true }],
        moreFiles: 3,
        origin: {
          bases: ["org/base"],
          relation: "quantized",
          children: [{ relation: "merge", n: 2 }],
        },
        results: [
          {
            task: "t",
            dataset: "d<b>",
            metric: "m",
            value: 0.912345678,
            source: null,
            verified: true,
          },
        ],
      }),
    );
    expect(page.shown(".hubd-facts")[0]?.textContent).toContain("org/base (by quantization)");
    page.button("Files").click();
    expect(page.shown(".hubd-place")[0]?.textContent).toContain("<script>.json2\u202fkB✓");
    expect(page.text()).toContain("and 3 more");
    page.button("Origin").click();
    expect(page.text()).toContain("by quantization");
    expect(page.text()).toContain("2 merged models");
    page.button("org/base").click();
    expect(page.went).toEqual(["search org/base"]);
    page.button("Results").click();
    expect(page.text()).toContain("d<b>");
    expect(page.text()).toContain("0.912346");
    expect(page.text()).toContain("verified");
  });

  it("update a tab that is open, and say when nothing is known", async () => {
    open();
    page.button("Files").click();
    expect(page.shown(".hubd-place")[0]?.textContent).toContain("Asking the hub");
    await page.answer("details", told());
    expect(page.shown(".hubd-place")[0]?.textContent).toContain("not known");
  });

  it("fetch the card when it is opened, and its code with it", async () => {
    open();
    const drawn = document.createElement("p");
    vi.mocked(loadPart).mockResolvedValue({ exported: () => drawn, css: ".x {}" });
    expect(page.last("card")).toBeUndefined();
    page.button("Card").click();
    expect(loadPart).toHaveBeenCalledWith(expect.anything(), "card");
    await page.answer("card", { text: "# x", truncated: false, notes: [NOTE] });
    expect(page.shown(".hubd-place")[0]?.contains(drawn)).toBe(true);
    expect(page.text()).toContain(NOTE.en);
  });

  it("show notes in their own language", async () => {
    page = openPart(mount, hubRow(), "de");
    await page.answer("details", told({ notes: [NOTE] }));
    expect(page.text()).toContain(NOTE.de);
    vi.mocked(loadPart).mockResolvedValue({ exported: () => document.createElement("p"), css: "" });
    page.button("Karte").click();
    await page.answer("card", { text: "# x", truncated: false, notes: [NOTE] });
    expect(page.shown(".hubd-place")[0]?.textContent).toContain(NOTE.de);
    expect(page.text()).not.toContain(NOTE.en);
  });

  it("say why there is no card", async () => {
    open();
    vi.mocked(loadPart).mockResolvedValue({ exported: () => document.body, css: "" });
    page.button("Card").click();
    await page.fail("card", "org/tiny has no card");
    expect(page.shown(".hubd-place")[0]?.textContent).toContain("org/tiny has no card");
  });

  it("drop what they asked for when they are closed", async () => {
    open();
    const { id } = page.last("details") ?? {};
    page.opened.dispose();
    await page.settle();
    expect(page.sent.at(-1)).toEqual({ id, type: "drop" });
  });
});

describe("details of what cannot be had", () => {
  it("count down when the hub wants a pause, and ask again only after it", async () => {
    open();
    const problem = { kind: "limited", text: "Ask again in 30 s.", wait: 30 };
    await page.answer("details", told({ problem, plan: null }));
    expect(page.all("[role=alert]")[0]?.textContent).not.toContain("30 s");
    expect(page.all("[role=timer]")[0]?.textContent).toBe("again in 0:30");
    expect(page.button("Try again").disabled).toBe(true);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(page.button("Try again").disabled).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("name no file that is known by its content alone", async () => {
    open();
    await page.answer("details", told({ missing: ["53aa51172d14…"] }));
    expect(page.text()).toContain("1 file did not come whole.");
    expect(page.text()).not.toContain("53aa51172d14");
    page.clean();
    open();
    await page.answer("details", told({ missing: ["53aa51172d14…", "model.safetensors"] }));
    expect(page.text()).toContain("2 files did not come whole: model.safetensors");
  });

  it("offer no download of a model that is not there", async () => {
    open();
    const problem = { kind: "missing", text: "There is no model.", wait: null };
    await page.answer("details", told({ problem, plan: null }));
    expect(page.button("Download").disabled).toBe(true);
  });

  it("say in one sentence that nothing is known of what it can do", async () => {
    open();
    const unknown = { name: "head", yes: null, key: "head.unknown", values: {} };
    await page.answer("details", told({ abilities: [unknown, { ...unknown, name: "tokens" }] }));
    expect(page.all(".hubd-abilities")).toHaveLength(0);
    expect(page.text()).toContain("Its files would tell");
  });

  it("say that there is no card, which is no failure", async () => {
    vi.mocked(loadPart).mockResolvedValue({ exported: () => document.createElement("p"), css: "" });
    open();
    page.button("Card").click();
    await page.settle();
    await page.answer("card", { none: true });
    expect(page.text()).toContain("It has no card");
    expect(page.all("[role=alert]")).toHaveLength(0);
  });
});
