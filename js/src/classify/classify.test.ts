import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeModel } from "../shared/testing.ts";
import widget from "./index.ts";
import type { ClassifyState, Row, Summary } from "./model.ts";

const LABELS = ["sports", "<b>politics</b>", "science"];
const SUMMARY: Summary = {
  total: 200,
  method: "zero-shot",
  model: "demo/minilm",
  multi_label: false,
  notes: [],
  counts: LABELS.map(() => 7),
  missing: 1,
};

/** What the kernel says about rows: scores that name their cell, or NaN where there is no text. */
function page(start: number, count: number, columns: number[], total: number) {
  const rows: Row[] = Array.from({ length: count }, (_, k) => {
    const missing = start + k === 2;
    return {
      index: start + k,
      text: missing ? "" : `text ${start + k}`,
      clipped: false,
      predicted: missing ? [] : [(start + k) % 3],
      missing,
    };
  });
  const scores = rows.flatMap((row) =>
    columns.map((label) => (row.missing ? Number.NaN : label === row.predicted[0] ? 0.82 : 0.09)),
  );
  return {
    payload: { start, total, rows },
    scores: new DataView(new Float32Array(scores).buffer),
  };
}

function open(change: Partial<ClassifyState> = {}, total = 200, known = 50) {
  const columns = change.columns ?? [0, 1, 2];
  const { payload, scores } = page(0, Math.min(known, total), columns, total);
  const fake = fakeModel<ClassifyState>({
    language: "en",
    place: "here",
    labels: LABELS,
    columns,
    first: { ...payload, scores },
    summary: { ...SUMMARY, total },
    ...change,
  });
  const el = document.createElement("div");
  document.body.append(el);
  const close = widget.render({ model: fake.model, el });
  const last = () => fake.sent.at(-1) as (typeof fake.sent)[number];
  return {
    ...fake,
    el,
    last,
    async answer(total: number, start = 0, count = Math.min(50, total)) {
      const { payload, scores } = page(start, count, last().columns as number[], total);
      fake.receive({ id: last().id, ok: payload }, [scores]);
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
const named = (name: string) => one(`[aria-label="${name}"]`);
const button = (text: string) =>
  all("button").find((found) => found.textContent === text) as HTMLButtonElement;
const bodyRows = () => all(".tfw-body > [role=row]");

describe("the view of a classification", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("draws the first rows without asking the kernel", async () => {
    view = open();
    await vi.advanceTimersByTimeAsync(500);
    expect(view.sent).toEqual([]);
    const [first] = bodyRows();
    expect(first?.textContent).toBe("1text 0sports82%9%9%");
    expect(first?.querySelector('[aria-label="sports: 82 percent"]')).not.toBeNull();
    expect(one("[role=grid]").getAttribute("aria-rowcount")).toBe("201");
    expect(one(".tfw-facts").textContent).toBe(
      "200 texts · 3 labels · zero-shot · demo/minilm · 1 without text",
    );
  });

  it("says so where there is no text, and draws no bars", () => {
    view = open();
    expect(bodyRows()[2]?.textContent).toBe("3no text–");
    expect(bodyRows()[2]?.querySelector(".tfw-bar")).toBeNull();
  });

  it("emphasises the predicted class only", () => {
    view = open();
    const marked = [...(bodyRows()[1]?.querySelectorAll("[data-predicted]") ?? [])];
    expect(marked.map((cell) => cell.textContent)).toEqual(["82%"]);
  });

  it("shows names and texts from outside as they are", () => {
    view = open();
    expect(view.el.querySelector("b")).toBeNull();
    expect(button("<b>politics</b>")).toBeDefined();
  });

  it("sorts by a score from the highest, then turns the order round", async () => {
    view = open();
    button("sports").click();
    expect(view.last()).toMatchObject({
      type: "rows",
      start: 0,
      stop: 50,
      columns: [0, 1, 2],
      sort: { by: "score", label: 0, descending: true },
      label: null,
      text: "",
    });
    const header = button("sports").parentElement;
    expect(header?.getAttribute("aria-sort")).toBe("descending");
    expect(one(".tfw-content").hasAttribute("data-stale")).toBe(true);
    await view.answer(200);
    expect(one(".tfw-content").hasAttribute("data-stale")).toBe(false);
    button("sports").click();
    expect(view.last().sort).toEqual({ by: "score", label: 0, descending: false });
    button("Text").click();
    expect(view.last().sort).toEqual({ by: "text", descending: false });
  });

  it("filters by label and, when the keys rest, by text", async () => {
    view = open();
    const field = named("Filter texts") as HTMLInputElement;
    for (const text of ["g", "go", "goal"]) {
      field.value = text;
      field.dispatchEvent(new Event("input"));
    }
    await vi.advanceTimersByTimeAsync(300);
    expect(view.sent.map(({ text }) => text)).toEqual(["goal"]);
    await view.answer(3);
    expect(one(".tfw-count").textContent).toBe("3 of 200 texts");
    expect(bodyRows()).toHaveLength(3);
    const label = named("Show label") as HTMLSelectElement;
    label.value = "1";
    label.dispatchEvent(new Event("change"));
    expect(view.last()).toMatchObject({ label: 1, text: "goal" });
  });

  it("keeps what is being typed when rows of an earlier query come", async () => {
    view = open();
    button("sports").click();
    const field = named("Filter texts") as HTMLInputElement;
    field.value = "goal";
    field.dispatchEvent(new Event("input"));
    await view.answer(200);
    expect(field.value).toBe("goal");
    await vi.advanceTimersByTimeAsync(300);
    expect(view.last()).toMatchObject({ text: "goal", sort: { by: "score", label: 0 } });
  });

  it("says plainly that nothing fits, and takes the filters back", async () => {
    view = open();
    const label = named("Show label") as HTMLSelectElement;
    label.value = "2";
    label.dispatchEvent(new Event("change"));
    await view.answer(0);
    expect(one(".tfw-nothing").textContent).toContain("No text fits these filters.");
    button("Clear filters").click();
    expect(view.last()).toMatchObject({ label: null, text: "" });
    await view.answer(200);
    expect(one(".tfw-nothing").hidden).toBe(true);
    expect(label.value).toBe("");
  });

  it("shows an error of the kernel and asks the same again", async () => {
    view = open();
    button("sports").click();
    view.receive({ id: view.last().id, error: "out of <i>memory</i>" });
    await vi.advanceTimersByTimeAsync(0);
    expect(one("[role=alert]").textContent).toContain("The kernel reports: out of <i>memory</i>");
    expect(bodyRows()[0]?.textContent).toContain("text 0");
    button("Try again").click();
    expect(view.sent).toHaveLength(2);
    expect(view.last().sort).toEqual({ by: "score", label: 0, descending: true });
    await view.answer(200);
    expect(view.el.querySelector("[role=alert]")).toBeNull();
  });

  it("names rows that have not come, and the kernel it waits for", async () => {
    view = open({}, 200, 4);
    await vi.advanceTimersByTimeAsync(100);
    expect(view.last()).toMatchObject({ type: "rows", start: 0, stop: 50 });
    expect(bodyRows()[4]?.textContent).toBe("not loaded yet");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(one(".tfw-status").textContent).toBe("Waiting for the kernel…");
    await view.answer(200);
    expect(bodyRows()[4]?.textContent).toContain("text 4");
    expect(one(".tfw-status").textContent).toBe("");
  });

  it("opens a text with all its scores, and gives the focus back", async () => {
    view = open();
    bodyRows()[1]?.click();
    expect(view.last()).toMatchObject({ type: "detail", index: 1 });
    const scores = new DataView(new Float32Array([0.1, 0.65, 0.25]).buffer);
    const whole = "text 1 <i>whole</i>\nof two lines";
    const ok = { index: 1, text: whole, clipped: false, predicted: [1] };
    view.receive({ id: view.last().id, ok }, [scores]);
    await vi.advanceTimersByTimeAsync(0);
    const panel = named("Text 2");
    expect(panel.querySelector(".tfw-whole")?.textContent).toBe(whole);
    expect([...panel.querySelectorAll("li")].map((item) => item.textContent)).toEqual([
      "<b>politics</b>65.0%",
      "science25.0%",
      "sports10.0%",
    ]);
    expect(bodyRows()[1]?.getAttribute("aria-selected")).toBe("true");
    const key = new KeyboardEvent("keydown", { key: "Escape", bubbles: true });
    panel.querySelector("button")?.dispatchEvent(key);
    expect(panel.hidden).toBe(true);
    expect(document.activeElement).toBe(one("[role=grid]"));
    expect(bodyRows()[1]?.getAttribute("aria-selected")).toBe("false");
  });

  it("ignores the late detail of a row that is no longer open", async () => {
    view = open();
    bodyRows()[0]?.click();
    const late = view.last().id;
    bodyRows()[1]?.click();
    view.receive({ id: late, ok: { index: 0, text: "late", clipped: false, predicted: [0] } });
    await vi.advanceTimersByTimeAsync(0);
    expect(named("Text 2").querySelector(".tfw-whole")?.textContent).toBe("text 1");
  });

  it("lists the fifty best of many classes before one asks for all", async () => {
    const labels = Array.from({ length: 120 }, (_, k) => `class ${k}`);
    view = open({ labels, columns: [0, 1] });
    bodyRows()[0]?.click();
    const scores = new DataView(Float32Array.from(labels, (_, k) => k / 120).buffer);
    const ok = { index: 0, text: "text 0", clipped: false, predicted: [119] };
    view.receive({ id: view.last().id, ok }, [scores]);
    await vi.advanceTimersByTimeAsync(0);
    const items = () => [...named("Text 1").querySelectorAll("li")];
    expect(items()).toHaveLength(50);
    expect(items()[0]?.textContent).toContain("class 119");
    button("Show all 120 classes").click();
    expect(items()).toHaveLength(120);
  });

  it("adds and removes class columns without losing the place", async () => {
    const labels = Array.from({ length: 12 }, (_, k) => `class ${k}`);
    view = open({ labels, columns: [0, 1] });
    expect(view.el.textContent).toContain("2 of 12 classes shown");
    button("Choose classes").click();
    const boxes = all("input[type=checkbox]") as HTMLInputElement[];
    expect(boxes.filter((box) => box.checked).map((box) => box.value)).toEqual(["0", "1"]);
    boxes[7]?.click();
    expect(view.last().columns).toEqual([0, 1, 7]);
    expect(all("[role=columnheader]")).toHaveLength(5);
    await view.answer(200);
    expect(all("[role=columnheader]")).toHaveLength(6);
    boxes[0]?.click();
    expect(view.last().columns).toEqual([1, 7]);
    button("Back to the most frequent").click();
    expect(view.last().columns).toEqual([0, 1]);
  });

  it("prints the best score beside the label where its column is not shown", () => {
    const { payload } = page(0, 1, [1], 1);
    const rows = payload.rows.map((row) => ({ ...row, score: 0.82 }));
    const scores = new DataView(new Float32Array([0.09]).buffer);
    view = open({ columns: [1], first: { ...payload, rows, scores } }, 1);
    expect(bodyRows()[0]?.textContent).toBe("1text 0sports82%9%");
  });

  it("names two of several labels and counts the others", () => {
    const first = page(0, 1, [0, 1, 2], 1);
    const [row] = first.payload.rows as [Row];
    const rows = [{ ...row, predicted: [2, 0, 1] }];
    view = open({ first: { ...first.payload, rows, scores: first.scores } }, 1);
    expect(bodyRows()[0]?.querySelector(".tfw-labels")?.textContent).toBe("sciencesports+1");
  });

  it("speaks German, and keeps what was sorted when the language changes", () => {
    view = open();
    button("sports").click();
    view.change("language", "de");
    expect(one(".tfw-facts").textContent).toBe(
      "200 Texte · 3 Labels · Zero-Shot · demo/minilm · 1 ohne Text",
    );
    expect(bodyRows()[0]?.querySelector('[aria-label="sports: 82 Prozent"]')?.textContent).toBe(
      "82\u00a0%",
    );
    expect(button("sports").parentElement?.getAttribute("aria-sort")).toBe("descending");
  });

  it("shows one note as it is, and several behind their number", () => {
    const note = (k: number) => ({ en: `note ${k}`, de: `Hinweis ${k}` });
    const summary = { ...SUMMARY, method: "knn", model: "m" };
    view = open({ summary: { ...summary, notes: [note(1)] } });
    expect(one(".tfw-note").textContent).toBe("note 1");
    expect(view.el.querySelector("details")).toBeNull();
    expect(one(".tfw-facts").textContent).toContain(" · knn · m");
    view.clean();
    view = open({ summary: { ...summary, notes: [note(1), note(2)] } });
    expect(one("details > summary").textContent).toBe("2 notes");
    expect(all(".tfw-note")).toHaveLength(2);
  });

  it("leaves nothing behind", async () => {
    view = open({}, 200, 4);
    button("sports").click();
    view.clean();
    expect(view.el.childElementCount).toBe(0);
    expect(view.listening()).toBe(0);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(view.sent).toHaveLength(1);
  });
});
