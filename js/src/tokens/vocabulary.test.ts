import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Entry, EntryPayload, VocabularyPayload } from "./model.ts";
import { openPanel, press } from "./panel-testing.ts";
import { vocabularyPanel } from "./vocabulary/index.ts";

const entry = (id: number): Entry => ({
  id,
  piece: id === 3 ? "<b>▁x</b>" : `##p${id}`,
  decoded: ` p${id}`,
  kind: id === 0 ? "special" : "piece",
});

function page(total: number, start = 0, at: number | null = null): VocabularyPayload {
  const length = Math.min(50, total - start);
  return { start, total, at, rows: Array.from({ length }, (_, k) => entry(start + k)) };
}

const whole = (id: number, more: Partial<EntryPayload> = {}): EntryPayload => ({
  ...entry(id),
  bytes: "20 70",
  occurrences: [3, 17],
  count: 2,
  neighbours: [id - 1, id, id + 1].map(entry),
  ...more,
});

let view: ReturnType<typeof openPanel>;
const rows = () => view.all(".tok-rows [role=row]");
const detail = () => view.one(".tok-v-entry");
const scroller = () => view.one("[role=grid]");
const status = () => view.one("[role=status]").textContent;

async function search(text: string, mode = "contains") {
  const select = view.named("How to search");
  select.value = mode;
  view.named("Search the vocabulary").value = text;
  view.named("Search the vocabulary").dispatchEvent(new Event("input"));
  await vi.advanceTimersByTimeAsync(300);
}

describe("the vocabulary", () => {
  beforeEach(async () => {
    vi.useFakeTimers();
    view = openPanel(vocabularyPanel);
    expect(view.last()).toMatchObject({
      type: "vocabulary",
      query: "",
      mode: "contains",
      start: 0,
      stop: 50,
    });
    await view.answer(page(30_522));
  });
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("lists entries with id, piece, decoded text and kind", () => {
    expect(status()).toBe("30,522 entries");
    const cells = (row: number) => [...(rows()[row]?.children ?? [])].map((x) => x.textContent);
    expect(cells(0)).toEqual(["0", "##p0", "·p0", "special token"]);
    expect(cells(3)).toEqual(["3", "<b>▁x</b>", "·p3", "ordinary"]);
    expect(rows()[3]?.querySelector("b")).toBeNull();
    expect(rows().length).toBeLessThan(60);
  });

  it("asks once the keys rest, at once for a mode, and not for the same again", async () => {
    for (const text of ["i", "in", "ing"]) {
      view.named("Search the vocabulary").value = text;
      view.named("Search the vocabulary").dispatchEvent(new Event("input"));
    }
    expect(view.sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(300);
    expect(view.sent).toHaveLength(2);
    expect(view.last()).toMatchObject({ query: "ing", mode: "contains" });
    view.named("How to search").value = "prefix";
    view.named("How to search").dispatchEvent(new Event("change"));
    expect(view.last()).toMatchObject({ query: "ing", mode: "prefix" });
    await view.answer(page(2));
    expect(status()).toBe("2 entries");
    await search("ing", "prefix");
    expect(view.sent).toHaveLength(3);
  });

  it("says what to try where nothing fits", async () => {
    await search("<Q>");
    await view.answer(page(0));
    expect(view.one(".tok-v-nothing").hidden).toBe(false);
    expect(view.one(".tok-v-nothing").textContent).toContain("No entry fits “<Q>”. Try");
  });

  it("scrolls to an id and opens it", async () => {
    await search("1234", "id");
    expect(view.last()).toMatchObject({ query: "1234", mode: "id", start: 0 });
    await view.answer(page(30_522, 0, 1_234));
    expect(scroller().scrollTop).toBeGreaterThan(1_200 * 28);
    await vi.advanceTimersByTimeAsync(100);
    expect(view.last()).toMatchObject({ type: "vocabulary", mode: "id", start: 1_200 });
    const { scrollTop } = scroller();
    await view.answer(page(30_522, 1_200, 1_234));
    expect(view.last()).toMatchObject({ type: "entry", entry: 1_234 });
    expect(status()).toBe("30,522 entries");
    expect(scroller().scrollTop).toBe(scrollTop);
    expect(view.one("[aria-selected=true]").textContent).toContain("1234");
  });

  it("says that there is no such id", async () => {
    await search("99999", "id");
    await view.answer(page(30_522));
    expect(status()).toBe("There is no entry with this id.");
    expect(view.one(".tok-v-nothing").hidden).toBe(true);
    await search("12.5", "id");
    await view.answer(page(30_522, 0, 12));
    expect(status()).toBe("There is no entry with this id.");
    expect(view.last()).toMatchObject({ type: "entry", entry: 12 });
  });

  it("tells all about a chosen entry", async () => {
    expect(detail().textContent).toContain("Choose an entry");
    rows()[3]?.click();
    expect(view.last()).toMatchObject({ type: "entry", entry: 3 });
    await view.answer(whole(3, { count: 25 }));
    const facts = [...detail().querySelectorAll("dd")].map((fact) => fact.textContent);
    expect(facts).toEqual(["3", "ordinary", "·p3", "20 70", "25 times, as tokens: 3, 17, …"]);
    expect(detail().querySelector("b")).toBeNull();
    expect(rows()[3]?.getAttribute("aria-selected")).toBe("true");
    press(scroller(), "ArrowDown");
    press(scroller(), "Enter");
    await view.answer(whole(4, { count: 0, occurrences: [] }));
    expect(detail().textContent).toContain("not there");
    expect(rows()[3]?.getAttribute("aria-selected")).toBe("false");
  });

  it("goes on to a neighbour, in the list as well", async () => {
    rows()[5]?.click();
    await view.answer(whole(5));
    const [, self, next] = [...detail().querySelectorAll("button")];
    expect(self?.getAttribute("aria-current")).toBe("true");
    next?.focus();
    next?.click();
    expect(view.last()).toMatchObject({ type: "entry", entry: 6 });
    await view.answer(whole(6));
    expect(view.one("[aria-selected=true]").textContent).toContain("##p6");
    expect(view.one("[data-active]").textContent).toContain("##p6");
    expect(document.activeElement?.textContent).toBe("6##p6");
  });

  it("shows errors of the list and of the detail, each with a way to try again", async () => {
    rows()[1]?.click();
    await view.fail("gone");
    expect(detail().textContent).toContain("gone");
    view.button("Try again").click();
    await view.answer(whole(1));
    expect(detail().textContent).toContain("##p1");
    await search("x");
    await view.fail("broken");
    expect(view.one("[role=alert]").textContent).toContain("broken");
    expect(rows()[0]?.textContent).toContain("##p0");
    view.button("Try again").click();
    expect(view.last()).toMatchObject({ query: "x" });
    await view.answer(page(1));
    expect(view.all("[role=alert]")).toEqual([]);
    expect(rows()).toHaveLength(1);
  });

  it("keeps the search and the chosen entry when the language changes", async () => {
    await search("p", "prefix");
    await view.answer(page(60));
    rows()[2]?.click();
    await view.answer(whole(2));
    const asked = view.sent.length;
    view.inGerman();
    await vi.advanceTimersByTimeAsync(300);
    expect(view.sent).toHaveLength(asked);
    expect(view.named("Im Vokabular suchen").value).toBe("p");
    expect(status()).toBe("60 Einträge");
    expect(view.one("[aria-selected=true]").textContent).toContain("##p2");
    expect(detail().textContent).toContain("Nachbarn");
  });
});
