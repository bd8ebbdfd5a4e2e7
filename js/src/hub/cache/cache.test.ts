import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openPart } from "../details/testing.ts";
import type { CachePayload, Repo } from "./model.ts";
import mount from "./part.ts";

let page: ReturnType<typeof openPart>;

function repo(id: string, change: Partial<Repo> = {}): Repo {
  const known = {
    key: id,
    id,
    size: 1_000_000,
    incomplete: 0,
    revisions: 1,
    used: 1.7e9,
    kept: null,
  };
  return { ...known, ...change };
}

function cache(...repos: Repo[]): CachePayload {
  const sum = (key: "size" | "incomplete") => repos.reduce((total, each) => total + each[key], 0);
  return { folder: "/c/<hub>", free: 5e9, size: sum("size"), incomplete: sum("incomplete"), repos };
}

const REPOS = [
  repo("b/small"),
  repo("a/large", { size: 9_000_000, used: 1.75e9, incomplete: 2_000_000 }),
  repo("c/loaded", { size: 4_000_000, used: null, kept: "loaded" }),
];
const names = () => page.all("tbody th bdi").map((found) => found.textContent);
const box = (id: string) => page.all(`input[aria-label="Choose ${id}"]`)[0] as HTMLInputElement;

beforeEach(async () => {
  vi.useFakeTimers();
  page = openPart(mount, undefined);
  await page.answer("cache", cache(...REPOS));
});
afterEach(() => {
  page.clean();
  vi.useRealTimers();
});

describe("the cache", () => {
  it("is listed with what it takes, the largest first", () => {
    expect(names()).toEqual(["a/large", "c/loaded", "b/small"]);
    expect(page.text()).toContain("/c/<hub>");
    expect(page.text()).toContain("3 models, 14\u202fMB");
    expect(page.text()).toContain("5\u202fGB free on the disk");
    expect(page.all("tbody tr")[0]?.textContent).toContain("2\u202fMB unfinished");
    expect(page.all("tbody tr")[1]?.textContent).toContain("loaded");
    expect(box("c/loaded").disabled).toBe(true);
  });

  it("is sorted by last use and by name", () => {
    const select = page.all("select")[0] as HTMLSelectElement;
    const by = (value: string) => {
      select.value = value;
      select.dispatchEvent(new Event("change"));
    };
    by("used");
    expect(names()).toEqual(["c/loaded", "b/small", "a/large"]);
    by("name");
    expect(names()).toEqual(["a/large", "b/small", "c/loaded"]);
  });

  it("loses what is chosen, after a question that says what and how much", async () => {
    expect(page.button("Delete…").disabled).toBe(true);
    box("a/large").click();
    expect(page.text()).toContain("1 chosen, 11\u202fMB");
    page.button("Delete…").click();
    expect(page.last("delete")).toBeUndefined();
    expect(page.text()).toContain("Delete 1 model? This frees 11\u202fMB.");
    expect(document.activeElement?.textContent).toBe("Cancel");
    page.button("Delete").click();
    page.button("Delete").click();
    expect(page.sent.filter(({ type }) => type === "delete")).toMatchObject([
      { keys: ["a/large"], incomplete: false },
    ]);
    // From a thread: what takes long there is no silence of the kernel.
    const slow: boolean[] = [];
    page.channel.onSlow((now) => void slow.push(now));
    await page.progress("delete", {});
    await vi.advanceTimersByTimeAsync(5_000);
    expect(slow).toEqual([]);
    await page.answer("delete", { deleted: ["a/large"], freed: 11_000_000, kept: [] });
    await page.answer("cache", cache(...REPOS.slice(0, 1)));
    expect(page.text()).toContain("11\u202fMB freed.");
    expect(names()).toEqual(["b/small"]);
    expect(page.button("Delete…").disabled).toBe(true);
  });

  it("loses what is gone even where it cannot be looked into again", async () => {
    box("a/large").click();
    page.button("Delete…").click();
    page.button("Delete").click();
    await page.answer("delete", { deleted: ["a/large"], freed: 11_000_000, kept: [] });
    await page.fail("cache", "broken");
    expect(page.text()).toContain("broken");
    expect(names()).toEqual(["c/loaded", "b/small"]);
    expect(page.button("Delete…").disabled).toBe(true);
    expect(document.activeElement).toBe(page.all(".hubc-scroll")[0]);
  });

  it("asks with all names, as a dialog that says what it is about", async () => {
    page.clean();
    page = openPart(mount, undefined);
    await page.answer("cache", cache(...Array.from({ length: 9 }, (_, k) => repo(`m/<b>${k}`))));
    (page.all('input[aria-label="Choose all"]')[0] as HTMLInputElement).click();
    page.button("Delete…").click();
    const dialog = page.all("[role=alertdialog]")[0] as HTMLElement;
    const named = (attribute: string) =>
      dialog.querySelector(`#${dialog.getAttribute(attribute)}`)?.textContent;
    expect(named("aria-labelledby")).toContain("Delete 9 models?");
    expect(named("aria-describedby")).toContain("can be downloaded again");
    const items = [...dialog.querySelectorAll("li")].map((item) => item.textContent);
    expect(items).toEqual(Array.from({ length: 9 }, (_, k) => `m/<b>${k}`));
  });

  it("is looked into again when models came or went", async () => {
    box("b/small").click();
    page.button("Delete…").click();
    page.receive({ type: "changed" });
    await page.answer("cache", cache(repo("b/small"), repo("d/new")));
    expect(names()).toEqual(["b/small", "d/new"]);
    // What was asked may no longer be so; the focus stays in the part.
    expect(page.shown(".hubc-question")).toHaveLength(0);
    expect(document.activeElement).toBe(page.all(".hubc-scroll")[0]);
  });

  it("keeps everything when the question is cancelled", () => {
    box("b/small").click();
    page.button("Delete…").click();
    document.activeElement?.dispatchEvent(
      new KeyboardEvent("keydown", { key: "Escape", bubbles: true }),
    );
    expect(page.shown(".hubc-question")).toHaveLength(0);
    expect(document.activeElement?.textContent).toBe("Delete…");
    expect(page.last("delete")).toBeUndefined();
  });

  it("chooses all that may go, and asks anew when the choice changes", () => {
    (page.all('input[aria-label="Choose all"]')[0] as HTMLInputElement).click();
    expect(page.text()).toContain("2 chosen");
    page.button("Delete…").click();
    box("b/small").click();
    expect(page.shown(".hubc-question")).toHaveLength(0);
  });

  it("loses unfinished downloads alone", async () => {
    page.button("Delete unfinished downloads…").click();
    expect(page.text()).toContain("frees 2\u202fMB");
    page.button("Delete").click();
    expect(page.last("delete")).toMatchObject({ keys: ["a/large"], incomplete: true });
    await page.answer("delete", {
      deleted: [],
      freed: 0,
      kept: [["a/large", "downloading"]],
    });
    await page.answer("cache", cache(...REPOS));
    expect(page.text()).toContain("Not deleted: a/large (is being downloaded)");
  });

  it("says what went wrong where it was asked", async () => {
    box("b/small").click();
    page.button("Delete…").click();
    page.button("Delete").click();
    await page.fail("delete", "no model <b>");
    expect(page.shown(".hubc-question")[0]?.textContent).toContain("no model <b>");
    page.button("Cancel").click();
    expect(page.shown(".hubc-question")).toHaveLength(0);
  });

  it("draws a large cache as it is scrolled through", async () => {
    page.clean();
    page = openPart(mount, undefined);
    await page.answer("cache", cache(...Array.from({ length: 900 }, (_, k) => repo(`m/${k}`))));
    expect(page.all("tbody tr")).toHaveLength(200);
    page.all(".hubc-scroll")[0]?.dispatchEvent(new Event("scroll"));
    expect(page.all("tbody tr")).toHaveLength(400);
  });

  it("says that it is empty, or cannot be looked into", async () => {
    page.clean();
    page = openPart(mount, undefined);
    await page.fail("cache", "broken");
    page.button("Try again").click();
    await page.answer("cache", cache());
    expect(page.text()).toContain("holds no models");
    expect(page.button("Delete…")).toBeUndefined();
  });
});
