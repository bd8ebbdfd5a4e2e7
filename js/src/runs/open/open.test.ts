import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import sharedWords from "../../../../tfwidgets/ui/strings/shared.json";
import { translator } from "../../shared/i18n.ts";
import { Channel } from "../../shared/protocol.ts";
import { fakeModel } from "../../shared/testing.ts";
import type { Frame } from "../../shared/widget.ts";
import type { Opened } from "../late.ts";
import type { RunRow, RunsState } from "../model.ts";
import { Session } from "../session.ts";
import { pill } from "../status.ts";
import { curve, row } from "../testing.ts";
import { runsWords } from "../words.ts";
import mount from "./part.ts";
import { flat } from "./settings.ts";

/** An opened run, or a comparison of some, by itself on the page. */
function open(shown: RunRow | undefined, compare: string[] = []) {
  const fake = fakeModel<RunsState>({ language: "en", place: "here", compare });
  const channel = new Channel(fake.model);
  const guard = <Args extends unknown[]>(callback: (...args: Args) => void) => callback;
  const session = new Session({ model: fake.model, channel, guard } as Frame<RunsState>);
  const t = translator("en", sharedWords, runsWords);
  const went: string[] = [];
  const view: Opened = mount({
    session,
    language: "en",
    guard,
    row: shown,
    pill: (status) => pill(status, t),
    onBack: () => went.push("back"),
    onOpen: (to) => went.push(to.id),
  });
  document.body.append(view.element);
  const all = (selector: string) => [...view.element.querySelectorAll<HTMLElement>(selector)];
  const last = (type: string) => fake.sent.filter((sent) => sent.type === type).at(-1);
  return {
    ...fake,
    view,
    went,
    all,
    last,
    text: () => view.element.textContent ?? "",
    button: (text: string) =>
      all("button").find((found) => found.textContent === text) as HTMLButtonElement,
    async answer(type: string, ok: unknown, buffers: DataView[] = []) {
      fake.receive({ id: last(type)?.id, ok }, buffers);
      await vi.advanceTimersByTimeAsync(0);
    },
    async fail(type: string, error: string) {
      fake.receive({ id: last(type)?.id, error });
      await vi.advanceTimersByTimeAsync(0);
    },
    clean() {
      view.dispose();
      view.element.remove();
      session.dispose();
      channel.dispose();
    },
  };
}

const EPOCHS = [
  { kind: "epoch", epoch: 0, step: 4, seconds: 61, values: { valid_loss: 0.5, accuracy: 0.8 } },
  { kind: "partial", epoch: 1, step: 6, seconds: 30, values: { valid_loss: 0.7 } },
];

function record(change: object = {}) {
  const sent = [
    curve("loss", [3, 2, 1, 1]),
    curve("lr", [1e-3, 2e-3, 1e-3, 0]),
    curve("accuracy", [0.8]),
  ];
  const payload = {
    info: { ...row(1), ended: null, facts: { settings: { lr: 2e-5 }, seed: 42 } },
    status: "stopped",
    error: null,
    progress: { step: 4, best: 0 },
    epochs: EPOCHS,
    log: [
      {
        kind: "command",
        step: 2,
        time: 5,
        command: "pause",
        by: "reader",
        values: {},
        applied: true,
      },
    ],
    panels: {},
    curves: sent.map(([head]) => head),
    ...change,
  };
  return [payload, sent.map(([, buffer]) => buffer)] as const;
}

let page: ReturnType<typeof open>;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  page.clean();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("one run", () => {
  it("shows curves, epochs with the best marked, settings and what happened", async () => {
    page = open(row(1));
    expect(page.last("open_run")).toMatchObject({ run: "run1" });
    await page.answer("open_run", ...record());
    expect(page.all("figure")).toHaveLength(3);
    const [first, second] = page.all(".runs-plain tbody tr");
    expect(first?.hasAttribute("data-best")).toBe(true);
    expect(first?.textContent).toContain("★ best");
    expect(second?.hasAttribute("data-best")).toBe(false);
    expect(second?.textContent).toContain("not finished");
    expect(page.text()).toContain("lr2e-5");
    expect(page.text()).toContain("Pause");
    expect(page.text()).toContain("stopped");
  });

  it("shows what a failed training said, as text", async () => {
    page = open(row(1));
    await page.answer("open_run", ...record({ status: "failed", error: "<b>boom</b>" }));
    expect(page.all("[role=alert]")[0]?.textContent).toBe("<b>boom</b>");
  });

  it("says so when it cannot be read, and tries again", async () => {
    page = open(row(1));
    await page.fail("open_run", "The file is damaged.");
    expect(page.text()).toContain("The file is damaged.");
    page.button("Try again").click();
    await page.answer("open_run", ...record());
    expect(page.all("figure")).toHaveLength(3);
    expect(page.all("[role=alert]")).toHaveLength(0);
  });

  it("asks nothing of a run that a newer version wrote", () => {
    page = open(row(1, { newer: true }));
    expect(page.last("open_run")).toBeUndefined();
    expect(page.text()).toContain("newer version");
  });

  it("follows a run that still goes, and stops with it", async () => {
    page = open(row(1, { live: true }));
    const count = () => page.sent.filter(({ type }) => type === "open_run").length;
    const live = { info: { ...row(1, { live: true }), ended: null, facts: {} } };
    await page.answer("open_run", ...record({ ...live, status: "running" }));
    await vi.advanceTimersByTimeAsync(2100);
    expect(count()).toBe(2);
    await page.answer("open_run", ...record({ ...live, status: "finished" }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(count()).toBe(2);
  });

  it("asks for finer curves of this very run where somebody looks closely", async () => {
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(600);
    page = open(row(1));
    const bins = Array.from({ length: 1000 }, (_, k) => k);
    const head = { name: "loss", first: 0, width: 64, count: 1000, dense: true, x0: 1 };
    const coarse = new DataView(Float32Array.from([...bins, ...bins, ...bins]).buffer);
    await page.answer("open_run", record({ curves: [head] })[0], [coarse]);
    const stage = page.all(".tfw-chart-stage")[0] as HTMLElement;
    await vi.advanceTimersByTimeAsync(50);
    for (let k = 0; k < 6; k++) {
      stage.dispatchEvent(new KeyboardEvent("keydown", { key: "+", bubbles: true }));
      await vi.advanceTimersByTimeAsync(50);
    }
    await vi.advanceTimersByTimeAsync(500);
    expect(page.last("window")).toMatchObject({ run: "run1", names: ["loss"] });
  });

  it("saves a note when the field is left, once", async () => {
    page = open(row(1, { note: "old" }));
    const field = page.all("textarea")[0] as HTMLTextAreaElement;
    expect(field.value).toBe("old");
    field.dispatchEvent(new Event("blur"));
    expect(page.last("note")).toBeUndefined();
    field.value = "better";
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true }));
    field.dispatchEvent(new Event("blur"));
    expect(page.sent.filter(({ type }) => type === "note")).toHaveLength(1);
    expect(page.last("note")).toMatchObject({ run: "run1", text: "better" });
    await page.answer("note", {});
    expect(page.text()).toContain("saved");
  });

  it("keeps a note that could not be saved", async () => {
    page = open(row(1));
    const field = page.all("textarea")[0] as HTMLTextAreaElement;
    field.value = "new";
    field.dispatchEvent(new Event("blur"));
    await page.fail("note", "The disk is full.");
    expect(page.text()).toContain("The disk is full.");
    field.dispatchEvent(new Event("blur"));
    expect(page.sent.filter(({ type }) => type === "note")).toHaveLength(2);
  });

  it("fetches a file and tells when that fails", async () => {
    page = open(row(1));
    page.button("CSV").click();
    expect(page.last("export")).toMatchObject({ run: "run1", kind: "csv" });
    page.button("CSV").click();
    expect(page.sent.filter(({ type }) => type === "export")).toHaveLength(1);
    await page.fail("export", "Matplotlib is missing.");
    expect(page.text()).toContain("Matplotlib is missing.");
    page.button("CSV").click();
    expect(page.sent.filter(({ type }) => type === "export")).toHaveLength(2);
  });
});

describe("a comparison", () => {
  async function compared() {
    page = open(undefined, ["run1", "run2"]);
    expect(page.last("compare")).toMatchObject({ ids: ["run1", "run2"] });
    const curves = [[curve("loss", [3, 2]), curve("valid_loss", [2])], [curve("loss", [4, 3])]];
    await page.answer(
      "compare",
      {
        runs: curves.map((of, k) => ({
          ...row(k + 1, { name: `<i>${k}</i>` }),
          curves: of.map(([head]) => head),
        })),
        settings: [
          { key: "lr", values: [1e-3, 1e-4], same: false },
          { key: "seed", values: [42, 42], same: true },
        ],
        best: [{ name: "valid_loss", lower: true, values: [2, null], best: 0 }],
      },
      curves.flat().map(([, buffer]) => buffer),
    );
  }

  it("begins with a curve that all have, and names who lacks the chosen one", async () => {
    await compared();
    const [chooser] = page.all("select") as HTMLSelectElement[];
    expect(chooser?.value).toBe("loss");
    expect(page.text()).not.toContain("Without this curve");
    if (chooser) chooser.value = "valid_loss";
    chooser?.dispatchEvent(new Event("change"));
    expect(page.text()).toContain("Without this curve: <i>1</i>");
  });

  it("marks the best value and shows only settings that differ, or all", async () => {
    await compared();
    const winners = page.all("[data-winner]");
    expect(winners.map((cell) => cell.textContent)).toEqual(["2.000 ★ best"]);
    expect(page.text()).toContain("0.001");
    expect(page.text()).not.toContain("seed");
    const boxes = page.all("input[type=checkbox]") as HTMLInputElement[];
    const box = boxes.at(-1) as HTMLInputElement;
    box.checked = true;
    box.dispatchEvent(new Event("change"));
    expect(page.text()).toContain("seed");
    expect(page.all("[data-differs]")).toHaveLength(2);
  });

  it("opens a run by its name in the table", async () => {
    await compared();
    page.all(".runs-link")[1]?.click();
    expect(page.went).toEqual(["run2"]);
  });

  it("says what the kernel reports", async () => {
    page = open(undefined, ["run1", "run9"]);
    await page.fail("compare", "There is no run run9.");
    expect(page.text()).toContain("There is no run run9.");
  });
});

describe("settings", () => {
  it("are pairs of names and values, the settings first", () => {
    page = open(row(1));
    expect(
      flat({ seed: 1, data: { rows: 5 }, settings: { lr: 2, wd: { head: 3 } }, groups: ["a"] }),
    ).toEqual([
      ["lr", 2],
      ["wd.head", 3],
      ["seed", 1],
      ["data.rows", 5],
      ["groups", ["a"]],
    ]);
  });
});
