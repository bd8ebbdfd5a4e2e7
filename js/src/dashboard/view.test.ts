import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LogEvent, PanelPayload, Row } from "./model.ts";
import { factorAt } from "./rate.ts";
import { openedWith, openView, sent } from "./testing.ts";

const row = (epoch: number, valid_loss: number, kind: Row["kind"] = "epoch"): Row => ({
  kind,
  epoch,
  step: 120 * (epoch + 1),
  seconds: 61,
  values: { train_loss: 0.5, valid_loss, accuracy: 0.75 },
});
const alert: LogEvent = {
  kind: "alert",
  step: 90,
  time: 12,
  alert: "diverging",
  level: "error",
  values: {},
  said: { en: "The loss <i>rises</i>.", de: "Der Loss steigt." },
  advice: { en: "Try a tenth of the rate.", de: "Ein Zehntel der Rate versuchen." },
};
const done = (command: string, more: object = {}): LogEvent => ({
  kind: "command",
  step: 161,
  time: 20,
  command,
  values: {},
  by: "reader",
  applied: true,
  ...more,
});

let view: ReturnType<typeof openView>;
const button = (command: string) => view.one(`.dash-command[data-command="${command}"]`);

async function open(
  more: Parameters<typeof openedWith>[0] = {},
  info: Parameters<typeof openedWith>[1] = {},
  language: "en" | "de" = "en",
) {
  view = openView(language);
  const curves = [sent("loss", [3, 2]), sent("smooth_loss", [3, 2.5]), sent("lr", [2e-5, 4e-5])];
  await view.answer(
    "open",
    openedWith({ curves: curves.map(([head]) => head), ...more }, info),
    curves.map(([, buffer]) => buffer),
  );
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  view.clean();
  vi.useRealTimers();
});

describe("the header", () => {
  it("says how far it is, in both languages", async () => {
    const progress = {
      ...openedWith().progress,
      samples_per_second: 54.32,
      tokens_per_second: 2310.4,
    };
    await open({ progress });
    const facts = () => view.all(".dash-facts span").map(({ textContent }) => textContent);
    expect(facts()).toEqual([
      "Epoch 2 of 3",
      "batch 41 of 120",
      "3:12 left",
      "54.3 samples/s",
      "2,310 tokens/s",
    ]);
    expect(view.one(".dash-pill").textContent).toBe("training");
    expect(view.one(".dash-pill svg")).toBeDefined();
    expect(view.one('[role="progressbar"]').getAttribute("aria-valuenow")).toBe("44");
    expect(view.all(".dash-ticks i")).toHaveLength(2);
    view.change("language", "de");
    expect(facts()).toContain("2.310 Tokens/s");
    expect(facts()).toContain("noch 3:12");
    expect(view.asked("open")).toHaveLength(1);
  });

  it("shows names from outside as text", async () => {
    await open();
    expect(view.one(".dash-name").textContent).toBe("<b>MiniLM</b>");
    expect(view.all(".dash-name b")).toHaveLength(0);
  });

  it("says what is being validated, and what failed", async () => {
    await open();
    await view.push({
      status: "validating",
      progress: { phase: "valid", batch: 2, batches: 20, epoch: 0, epochs: 3 },
    });
    expect(view.one(".dash-facts").textContent).toContain("validation 3 of 20");
    await view.push({ status: "failed", error: "CUDA out of <memory>", ended: 1_764_134_000 });
    expect(view.one(".dash-trouble").textContent).toContain("CUDA out of <memory>");
    expect(view.one(".dash-pill").textContent).toBe("failed");
    expect(view.one(".dash-steering, .dash-controls").hidden).toBe(true);
  });
});

describe("steering", () => {
  it("shows a command as asked for, then as what it did", async () => {
    await open();
    button("pause").click();
    expect(view.asked("command")).toMatchObject([{ command: "pause" }]);
    await view.settle();
    expect(button("pause").hasAttribute("data-asked")).toBe(true);
    button("pause").click(); // once is enough
    expect(view.asked("command")).toHaveLength(1);
    await view.push({ status: "paused", log: [done("pause")] });
    expect(button("pause").hasAttribute("data-asked")).toBe(false);
    expect(button("pause").textContent).toContain("Resume");
    button("pause").click();
    expect(view.asked("command").at(-1)).toMatchObject({ command: "resume" });
  });

  it("says why something was refused, until that was read", async () => {
    await open();
    button("checkpoint").click();
    const why = { en: "The disk is full.", de: "Die Platte ist voll." };
    await view.push({ log: [done("checkpoint", { applied: false, why })] });
    expect(view.one(".dash-refusals").textContent).toBe(
      "Save checkpoint was refused: The disk is full.",
    );
    view.change("language", "de");
    expect(view.one(".dash-refusals").textContent).toContain("Die Platte ist voll.");
    view.one(".dash-refusals button").click();
    await view.settle();
    expect(view.one(".dash-refusals").textContent).toBe("");
  });

  it("goes back to the best only where there is one", async () => {
    await open();
    expect(button("restore_best").getAttribute("aria-disabled")).toBe("true");
    expect(button("restore_best").title).toContain("no best epoch");
    button("restore_best").click();
    expect(view.asked("command")).toHaveLength(0);
    await view.push({ epochs: [row(0, 0.4)], progress: { best: 0 } });
    expect(button("restore_best").getAttribute("aria-disabled")).toBe("false");
    button("restore_best").click();
    expect(view.asked("command")).toMatchObject([{ command: "restore_best" }]);
  });

  it("shows that it will stop after the epoch", async () => {
    await open();
    expect(button("stop_after_epoch").getAttribute("aria-pressed")).toBe("false");
    await view.push({ progress: { stop_after_epoch: true }, log: [done("stop_after_epoch")] });
    expect(button("stop_after_epoch").getAttribute("aria-pressed")).toBe("true");
  });

  it("multiplies the learning rate when the slider rests, and says what it becomes", async () => {
    await open();
    const slider = view.one(".dash-rate-input") as HTMLInputElement;
    const output = () => view.one("output").textContent;
    const move = (place: number) => {
      slider.value = String(place);
      slider.dispatchEvent(new Event("input"));
    };
    expect(output()).toBe("× 1 → 4e-5");
    move(-0.25);
    move(-0.3);
    expect(output()).toBe("× 0.5 → 2e-5");
    await view.settle();
    expect(view.asked("command")).toHaveLength(0);
    slider.dispatchEvent(new Event("change"));
    await vi.advanceTimersByTimeAsync(500);
    expect(view.asked("command")).toMatchObject([{ command: "lr_factor", values: { value: 0.5 } }]);
    await view.push({
      progress: { lr_factor: 0.5 },
      log: [done("lr_factor", { values: { value: 0.5 }, step: 2 })],
    });
    expect(output()).toBe("× 0.5 → 2e-5"); // the curve still ends before it
    slider.dispatchEvent(new Event("dblclick"));
    expect(view.asked("command").at(-1)).toMatchObject({ values: { value: 1 } });
  });

  it("halts the slider at round factors", () => {
    expect([-1, -0.3, 0.02, 0.3, -0.5, -2, 1].map(factorAt)).toEqual([
      0.1, 0.5, 1, 2, 0.32, 0.01, 10,
    ]);
  });

  it("is not there for what cannot be steered", async () => {
    await open({}, { live: false });
    expect(view.one(".dash-controls").hidden).toBe(true);
  });
});

describe("alerts", () => {
  it("say what happened and what to try, and can do it", async () => {
    await open();
    await view.push({ log: [alert] });
    expect(view.one(".dash-alert").textContent).toContain("The loss <i>rises</i>.");
    expect(view.one(".dash-alert").textContent).toContain("Try a tenth of the rate.");
    const offered = () =>
      view
        .all(".dash-suggestions button")
        .filter((one) => !one.hidden)
        .map((one) => one.textContent);
    expect(offered()).toEqual(["Learning rate × 0.1", "Pause"]);
    view.one('.dash-suggestions [data-command="lr_factor"]').click();
    expect(view.asked("command")).toMatchObject([{ command: "lr_factor", values: { value: 0.1 } }]);
    await view.push({ log_at: 1, progress: { best: 0 }, status: "paused" });
    expect(offered()).toEqual(["Back to best", "Learning rate × 0.1"]);
  });

  it("are dismissed for good, and only the newest are shown", async () => {
    await open({ log: Array.from({ length: 5 }, () => alert) });
    expect(view.all(".dash-alert")).toHaveLength(3);
    expect(view.text()).toContain("2 earlier alerts");
    view.one(".dash-alert .dash-close").click();
    view.change("language", "de");
    await view.settle();
    expect(view.text()).toContain("1 frühere Warnung");
    expect(view.one(".dash-alert").textContent).toContain("Der Loss steigt.");
  });
});

describe("what came of it", () => {
  it("is a table with the best row marked, and what is no whole epoch", async () => {
    await open({
      epochs: [row(0, 0.6), row(1, 0.4), row(1, 0.5, "evaluation"), row(2, 0.7, "partial")],
      progress: { best: 1 },
    });
    const head = view.all(".dash-table thead th").map(({ textContent }) => textContent);
    expect(head).toEqual(["epoch", "train_loss", "valid_loss", "accuracy", "time"]);
    expect(view.all("tr[data-best]").map(({ textContent }) => textContent)).toEqual([
      "best 20.50000.40000.75001:01",
    ]);
    expect(view.one('tr[data-kind="evaluation"]').textContent).toContain("at step 240");
    expect(view.one('tr[data-kind="partial"]').textContent).toContain("until step 360");
  });

  it("shows the newest of very many rows, all on demand", async () => {
    await open({ epochs: Array.from({ length: 450 }, (_, k) => row(k, 1)) });
    expect(view.all("tbody tr")).toHaveLength(200);
    expect(view.all("tbody th").at(-1)?.textContent).toBe("450");
    view.one(".dash-epochs > button").click();
    expect(view.all("tbody tr")).toHaveLength(450);
  });

  it("gives metrics of another size a chart of their own", async () => {
    await open();
    expect(view.one(".dash-metrics").textContent).toContain("after the first validation");
    const values = { valid_loss: 1, accuracy: 0.5, f1: 0.4, perplexity: 30 };
    await view.push({ epochs: [{ ...row(0, 1), values }] });
    const charts = view.all(".dash-metrics .tfw-chart-title").map(({ textContent }) => textContent);
    expect(charts).toEqual(["Metrics", "perplexity"]);
  });

  it("lets a reader write a note, and says whether it was saved", async () => {
    await open({ status: "finished" }, { live: false, ended: 1_764_134_000, note: "old" });
    const note = view.one("textarea") as HTMLTextAreaElement;
    expect(note.value).toBe("old");
    note.dispatchEvent(new Event("blur"));
    expect(view.asked("note")).toHaveLength(0);
    note.value = "new";
    note.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true }));
    expect(view.asked("note")).toMatchObject([{ text: "new" }]);
    await view.fail("note", "the store is locked");
    expect(view.one(".dash-said").textContent).toContain("the store is locked");
  });

  it("says when it was and how long it took", async () => {
    await open(
      { status: "finished", epochs: [row(0, 0.4)] },
      { live: false, ended: 1_764_134_000 },
    );
    expect(view.one(".dash-when").textContent).toContain("2025");
    const facts = view.all(".dash-facts span").map(({ textContent }) => textContent);
    expect(facts).toEqual(["trained for 1:15", "1 epoch", "160 steps"]);
  });
});

describe("tabs", () => {
  const payload = (more: Partial<PanelPayload>): PanelPayload => ({
    cost: { seconds: 2, share: 0.004, calls: 9 },
    on: true,
    available: true,
    why: null,
    default: true,
    data: null,
    ...more,
  });
  const tab = (title: string) =>
    view.all('[role="tab"]').find(({ textContent }) => textContent === title) as HTMLElement;

  it("are walked by keys", async () => {
    await open();
    const key = (name: string) =>
      view
        .one('[role="tablist"]')
        .dispatchEvent(new KeyboardEvent("keydown", { key: name, cancelable: true }));
    key("ArrowRight");
    expect(tab("Layers").getAttribute("aria-selected")).toBe("true");
    key("End");
    expect(document.activeElement).toBe(tab("Log"));
    key("ArrowRight");
    expect(tab("Epochs").getAttribute("aria-selected")).toBe("true");
  });

  it("say what a panel costs, switch it, and why there is nothing", async () => {
    const why = { en: "There is no embedding table.", de: "Es gibt keine Embedding-Tabelle." };
    await open({
      panels: {
        confusion: payload({ on: false }),
        embeddings: payload({ available: false, why }),
      },
    });
    tab("Confusion").click();
    const shown = () => view.all('[role="tabpanel"]').find(({ hidden }) => !hidden) as HTMLElement;
    expect(shown().textContent).toContain("takes 0.4% of the training time");
    expect(shown().textContent).toContain("This is switched off");
    shown().querySelector<HTMLElement>('[role="switch"]')?.click();
    expect(view.asked("command")).toMatchObject([
      { command: "panel", values: { name: "confusion", on: true } },
    ]);
    tab("Embeddings").click();
    expect(shown().textContent).toContain("There is no embedding table.");
    tab("Hardest").click();
    expect(shown().textContent).toContain("still to come");
    expect(view.asked("part")).toHaveLength(0);
  });

  it("fetch a part when there is something for it to draw, and tell what failed", async () => {
    await open({ panels: { confusion: payload({ data: { labels: [] } }) } });
    tab("Confusion").click();
    expect(view.asked("part")).toMatchObject([{ name: "examples" }]);
    await view.fail("part", "no such file");
    expect(view.one('[role="tabpanel"]:not([hidden]) [role="alert"]').textContent).toContain(
      "no such file",
    );
  });
});

it("says that it could not be opened, and tries again", async () => {
  view = openView();
  expect(view.text()).toContain("Fetching the training");
  await view.fail("open", "the store is locked");
  expect(view.one('[role="alert"]').textContent).toContain("the store is locked");
  view.one('[role="alert"] button').click();
  expect(view.asked("open")).toHaveLength(2);
  await view.answer("open", openedWith());
  expect(view.all('[role="alert"]:not([hidden])')).toHaveLength(0);
});
