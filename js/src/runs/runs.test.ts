import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { duration, measure, moment, settingText, shortMoment } from "./format.ts";
import { openRuns, row } from "./testing.ts";

let view: ReturnType<typeof openRuns>;
const grid = () => view.one("[role=grid]");
const press = (target: Element, key: string) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const texts = () => view.rows().map((each) => each.textContent);

describe("the history of trainings", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("asks for the newest runs and shows what each came to", async () => {
    view = openRuns();
    expect(view.last("rows")).toMatchObject({
      start: 0,
      stop: 50,
      sort: { by: "started", descending: true },
      text: "",
      status: null,
      project: null,
    });
    expect(view.el.textContent).toContain("Looking for runs");
    await view.answerRows(
      [row(0), row(1, { status: "failed", best: null, seconds: 3723 })],
      10_000,
    );
    expect(view.one(".tfw-count").textContent).toBe("10,000 runs");
    expect(grid().getAttribute("aria-rowcount")).toBe("10001");
    expect(texts()[0]).toContain("finished");
    expect(texts()[0]).toContain("0.2500valid_loss");
    expect(texts()[1]).toContain("failed");
    expect(texts()[1]).toContain("1:02:03");
    expect(view.rows().length).toBeLessThan(60);
  });

  it("shows names and notes from outside as they are", async () => {
    view = openRuns();
    await view.answerRows([row(0, { name: "<b>x</b>\u0007", note: "<img src=x>" })]);
    expect(view.el.querySelector("img")).toBeNull();
    expect(texts()[0]).toContain("<b>x</b>\u2407");
    expect(texts()[0]).toContain("<img src=x>");
  });

  it("names the project where there are several, and none is chosen", async () => {
    view = openRuns();
    await view.answerRows([row(0)]);
    expect(view.named("Project").hidden).toBe(true);
    expect(texts()[0]).not.toContain("default");
    view.receive({ type: "changed" });
    await view.answerRows([row(0)], 1, ["default", "other"]);
    expect(view.named("Project").hidden).toBe(false);
    expect(texts()[0]).toContain("default · demo/minilm");
    view.named("Project").value = "default";
    view.named("Project").dispatchEvent(new Event("change"));
    expect(view.last("rows")).toMatchObject({ project: "default" });
  });

  it("sorts by a column, then turns the order round", async () => {
    view = openRuns();
    await view.answerRows([row(0)]);
    view.button("Best").click();
    expect(view.last("rows")?.sort).toEqual({ by: "best", descending: true });
    view.button("Best").click();
    expect(view.last("rows")?.sort).toEqual({ by: "best", descending: false });
    expect(view.button("Best").parentElement?.getAttribute("aria-sort")).toBe("ascending");
    view.button("Name").click();
    expect(view.last("rows")?.sort).toEqual({ by: "name", descending: false });
  });

  it("filters once somebody stops to type, and offers the way back from nothing", async () => {
    view = openRuns();
    await view.answerRows([row(0)]);
    const asked = view.sent.length;
    const field = view.named("Filter runs");
    field.value = "mini";
    field.dispatchEvent(new Event("input"));
    expect(view.sent.length).toBe(asked);
    await vi.advanceTimersByTimeAsync(300);
    expect(view.last("rows")?.text).toBe("mini");
    await view.answerRows([], 0);
    expect(view.one(".runs-nothing").textContent).toContain("No run fits.");
    view.button("Show all runs").click();
    expect(view.last("rows")?.text).toBe("");
  });

  it("says how a run comes into the history where there is none", async () => {
    view = openRuns();
    await view.answerRows([], 0);
    expect(view.one(".runs-nothing").textContent).toContain("tfw.TrainingDashboard()");
    expect(view.one(".runs-nothing").textContent).toContain("tfw.import_run");
    expect(view.one(".runs-actions").hidden).toBe(true);
  });

  it("shows what the kernel reports, and asks again", async () => {
    view = openRuns();
    await view.fail("rows", "The store is locked.");
    expect(view.one("[role=alert]").textContent).toContain("The store is locked.");
    const asked = view.sent.length;
    view.button("Try again").click();
    expect(view.sent.length).toBe(asked + 1);
    await view.answerRows([row(0)]);
    expect(view.el.querySelector("[role=alert]")).toBeNull();
    expect(view.rows()).toHaveLength(1);
  });

  it("says what is wrong with the store beside what can be read", async () => {
    view = openRuns();
    const answer = { start: 0, rows: [row(0)], total: 1, projects: [] };
    await view.answer("rows", { ...answer, problems: ["x.db is <damaged>."] });
    expect(view.one(".tfw-note").textContent).toBe("x.db is <damaged>.");
    expect(view.rows()).toHaveLength(1);
  });

  it("asks again when the list changed, without piling questions up", async () => {
    view = openRuns();
    await view.answerRows([row(0)]);
    const before = view.sent.length;
    view.receive({ type: "changed" });
    view.receive({ type: "changed" });
    view.receive({ type: "changed" });
    expect(view.sent.length).toBe(before + 1);
    await view.answerRows([row(0), row(1)]);
    expect(view.rows()).toHaveLength(2);
    // What changed while it was answered is asked for once more.
    expect(view.sent.length).toBe(before + 2);
    await view.answerRows([row(0), row(1)]);
    expect(view.sent.length).toBe(before + 2);
  });

  it("keeps asking while a run goes on, and stops when all have ended", async () => {
    view = openRuns();
    await view.answerRows([row(0, { live: true, status: "running" })]);
    expect(texts()[0]).toContain("live");
    const before = view.sent.length;
    await vi.advanceTimersByTimeAsync(3100);
    expect(view.sent.length).toBe(before + 1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(view.sent.length).toBe(before + 1);
    await view.answerRows([row(0)]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(view.sent.length).toBe(before + 1);
  });

  it("says why a run cannot be read, deletes it all the same, and does not compare it", async () => {
    view = openRuns();
    const problem = "Its record cannot be read (KeyError('name')).";
    await view.answerRows([row(0), row(1, { newer: true, problem }), row(2, { newer: true })]);
    expect(view.rows()[1]?.textContent).toContain(problem);
    expect(view.rows()[2]?.textContent).toContain("newer version");
    for (const k of [0, 1]) view.named(`Choose run ${k}`).click();
    expect(view.button("Compare (2)").disabled).toBe(true);
    expect(view.el.textContent).toContain("cannot be compared");
    expect(view.button("Delete …").disabled).toBe(false);
  });

  it("ticks with the space bar and with the box, and compares two to six", async () => {
    view = openRuns();
    await view.answerRows(Array.from({ length: 8 }, (_, k) => row(k, { newer: k === 7 })));
    expect(view.button("Compare").disabled).toBe(true);
    grid().focus();
    press(grid(), " ");
    expect(view.button("Compare (1)").disabled).toBe(true);
    view.named("Choose run 2").click();
    expect(view.named("Choose run 2").checked).toBe(true);
    expect(view.rows()[2]?.getAttribute("aria-selected")).toBe("true");
    expect(view.button("Compare (2)").disabled).toBe(false);
    for (const k of [1, 3, 4, 5, 6]) view.named(`Choose run ${k}`).click();
    expect(view.button("Compare (7)").disabled).toBe(true);
    expect(view.el.textContent).toContain("At most 6 runs");
    view.named("Choose run 6").click();
    view.button("Compare (6)").click();
    expect(view.one(".runs-list").hidden).toBe(true);
    expect(view.last("part")?.name).toBe("open");
  });

  it("says what is deleted before it does so, and leaves what still trains", async () => {
    view = openRuns();
    await view.answerRows([row(0, { live: true }), row(1), row(2)]);
    for (const k of [0, 1]) view.named(`Choose run ${k}`).click();
    view.button("Delete …").click();
    const question = view.one(".runs-question");
    expect(question.textContent).toContain("“run 1”");
    expect(question.textContent).not.toContain("“run 0”");
    expect(question.textContent).toContain("One run still trains: it stays.");
    expect(view.last("delete")).toBeUndefined();
    expect(document.activeElement).toBe(view.button("Cancel"));
    view.button("Cancel").click();
    expect(question.hidden).toBe(true);
    press(grid(), "Delete");
    view.button("Delete 1 run").click();
    expect(view.last("delete")).toMatchObject({ ids: ["run1"] });
    await view.answer("delete", {});
    await view.answerRows([row(0, { live: true }), row(2)]);
    expect(question.hidden).toBe(true);
    expect(view.rows()).toHaveLength(2);
    expect(view.button("Compare (1)")).toBeDefined();
  });

  it("keeps the question when deleting fails", async () => {
    view = openRuns();
    await view.answerRows([row(1)]);
    view.named("Choose run 1").click();
    view.button("Delete …").click();
    view.button("Delete 1 run").click();
    await view.fail("delete", "The store cannot be written.");
    expect(view.one(".runs-question").textContent).toContain("The store cannot be written.");
    expect(view.button("Cancel")).toBeDefined();
  });

  it("opens a run by Enter, and comes back to where it was by Escape", async () => {
    view = openRuns();
    await view.answerRows([row(0), row(1)]);
    grid().focus();
    press(grid(), "ArrowDown");
    press(grid(), "Enter");
    expect(view.last("part")).toMatchObject({ name: "open" });
    expect(view.one(".runs-list").hidden).toBe(true);
    await view.fail("part", "no such part");
    expect(view.one(".runs-open").textContent).toContain("no such part");
    press(view.button("Back"), "Escape");
    expect(view.one(".runs-list").hidden).toBe(false);
    expect(document.activeElement).toBe(grid());
  });

  it("begins with a comparison where it was asked for one", () => {
    view = openRuns({ compare: ["run1", "run2"] });
    expect(view.one(".runs-list").hidden).toBe(true);
    expect(view.last("part")).toMatchObject({ name: "open" });
  });

  it("changes the language and keeps what was done", async () => {
    view = openRuns();
    await view.answerRows([row(0), row(1)]);
    view.named("Choose run 1").click();
    view.change("language", "de");
    expect(view.button("Vergleichen (1)")).toBeDefined();
    expect(view.named("run 1 auswählen").checked).toBe(true);
    expect(view.one(".tfw-count").textContent).toBe("2 Läufe");
  });

  it("lets go of everything when it is closed", async () => {
    view = openRuns();
    await view.answerRows([row(0, { live: true })]);
    view.clean();
    const before = view.sent.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(view.sent.length).toBe(before);
    expect(view.listening()).toBe(0);
  });
});

describe("values as text", () => {
  it("writes durations, numbers and dates, and a dash for what is not known", () => {
    expect(duration(48.4)).toBe("0:48");
    expect(duration(null)).toBe("–");
    expect(measure(0.123456, "de")).toBe("0,1235");
    expect(measure(Number.NaN, "en")).toBe("–");
    expect(moment(null, "en")).toBe("–");
    expect(moment(1e15, "en")).toBe("–");
    expect(settingText({ a: 1 }, "en")).toBe('{"a":1}');
    expect(settingText(2e-5, "en")).toBe("2e-5");
    expect(settingText(null, "en")).toBe("–");
  });

  it("leaves out the year of this year's dates only", () => {
    const then = Date.UTC(2025, 5, 15, 12) / 1000;
    expect(shortMoment(then, "en", Date.UTC(2025, 8, 1))).not.toContain("2025");
    expect(shortMoment(then, "en", Date.UTC(2026, 8, 1))).toContain("2025");
  });
});
