import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CurveHead } from "../shared/chart/curve.ts";
import type { ChartOptions } from "../shared/chart/types.ts";
import { Channel } from "../shared/protocol.ts";
import { fakeModel } from "../shared/testing.ts";
import examples from "./examples/part.ts";
import layers from "./layers/part.ts";
import { judge, logLengths } from "./layers/ratio.ts";
import { EventList } from "./log/events.ts";
import type { LogEvent, Progress } from "./model.ts";
import { bytes } from "./more/bytes.ts";
import more from "./more/part.ts";
import type { MountPanel, PanelContext, PanelName } from "./panel.ts";
import { Session } from "./session.ts";
import type { Words } from "./words.ts";

interface Shown {
  data?: unknown;
  log?: LogEvent[];
  curves?: string[];
  progress?: Progress;
  live?: boolean;
  language?: "en" | "de";
}

/** A panel by itself on the page, over a session that the kernel has opened. */
async function open(mount: MountPanel, name: PanelName, shown: Shown) {
  const fake = fakeModel({ language: "en", place: "here" });
  const channel = new Channel(fake.model);
  const session = new Session(channel);
  const opening = session.open();
  const payload = (data: unknown) => ({
    cost: null,
    on: true,
    available: true,
    why: null,
    default: true,
    data,
  });
  const names = shown.curves ?? [];
  const heads = names.map(
    (of): CurveHead => ({ name: of, first: 0, width: 1, count: 2, dense: true, x0: 1 }),
  );
  fake.receive(
    {
      id: fake.sent[0]?.id,
      ok: {
        info: { live: shown.live ?? true, facts: { groups: ["body", "<b>head</b>"] } },
        status: "running",
        error: null,
        progress: shown.progress ?? { step: 9 },
        epochs: [],
        log: shown.log ?? [],
        panels: { [name]: payload(shown.data ?? null) },
        curves: heads,
      },
    },
    names.map(() => new DataView(Float32Array.of(0.2, 0.1).buffer)),
  );
  await opening;
  const el = document.createElement("div");
  document.body.append(el);
  const charts: Pick<ChartOptions, "title" | "series">[] = [];
  const context: PanelContext = {
    name,
    el,
    session,
    channel,
    t: ((key: string) => key) as unknown as Words,
    language: shown.language ?? "en",
    guard: (callback) => callback,
    chart(options) {
      charts.push(options);
      return {
        element: document.createElement("figure"),
        update() {},
        set: (changed) => Object.assign(options, changed),
        dispose() {},
      };
    },
  };
  const panel = mount(context);
  const all = (selector: string) => [...el.querySelectorAll<HTMLElement>(selector)];
  return {
    ...fake,
    session,
    panel,
    charts,
    el,
    all,
    text: () => el.textContent ?? "",
    /** Another payload came. */
    take(data: unknown): void {
      session.panels[name] = payload(data);
      panel.update();
    },
    clean() {
      panel.dispose();
      el.remove();
      session.dispose();
      channel.dispose();
    },
  };
}

let page: Awaited<ReturnType<typeof open>>;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  page?.clean();
  vi.useRealTimers();
});

const GROUPS = [
  {
    name: "body",
    parameters: 5000,
    frozen: true,
    lr: 1e-5,
    grad_norm: null,
    update_ratio: null,
    dead: 0.02,
  },
  {
    name: "<b>head</b>",
    parameters: 148,
    frozen: false,
    lr: 2e-5,
    grad_norm: 2,
    update_ratio: 0.05,
    dead: null,
  },
];

describe("the layers", () => {
  it("says in words how far a step moves the weights, and what is frozen", async () => {
    page = await open(layers, "layers", {
      data: { step: 9, groups: GROUPS },
      curves: ["grad_norm/<b>head</b>"],
    });
    const rows = page.all("tbody tr");
    expect(rows[0]?.hasAttribute("data-frozen")).toBe(true);
    expect(rows[0]?.textContent).toContain("Unfreeze");
    expect(rows[1]?.textContent).toContain("<b>head</b>");
    expect(rows[1]?.textContent).toContain("0.0500fast");
    expect(rows[1]?.textContent).not.toContain("NaN");
    expect(page.charts.map(({ series }) => series.map(({ name }) => name))).toEqual([
      ["grad_norm/<b>head</b>"],
    ]);
  });

  it("freezes a group by a command, and waits for what becomes of it", async () => {
    page = await open(layers, "layers", { data: { step: 9, groups: GROUPS } });
    const button = () => page.all("tbody button")[1] as HTMLButtonElement;
    button().click();
    expect(page.sent.at(-1)).toMatchObject({
      type: "command",
      command: "freeze",
      values: { group: 1 },
    });
    expect(button().textContent).toBe("asked…");
    const count = page.sent.length;
    button().click();
    expect(page.sent.length).toBe(count);
    page.receive({
      type: "delta",
      status: "running",
      error: null,
      progress: { step: 10, frozen: [0, 1] },
      epochs: [],
      epochs_at: 0,
      log: [
        {
          kind: "command",
          step: 10,
          time: 1,
          command: "freeze",
          by: "reader",
          values: { group: 1 },
          applied: true,
        },
      ],
      log_at: 0,
      panels: {},
      curves: [],
      seconds: 1,
    });
    page.panel.update();
    expect(button().textContent).toBe("Unfreeze");
    expect(button().getAttribute("aria-disabled")).toBe("false");
  });

  it("offers no switch where nothing can be steered", async () => {
    page = await open(layers, "layers", { data: { step: 9, groups: GROUPS }, live: false });
    expect(page.all("tbody button")).toHaveLength(0);
    expect(page.text()).toContain("frozen");
    expect(page.text()).toContain("trains");
  });

  it("takes a group into a chart when its curve comes up", async () => {
    page = await open(layers, "layers", {
      data: { step: 9, groups: GROUPS },
      curves: ["dead/body"],
    });
    expect(page.charts[0]?.series).toHaveLength(1);
    const [curve] = page.session.curves.values();
    if (curve) page.session.curves.set("dead/<b>head</b>", curve);
    page.panel.update();
    expect(page.charts).toHaveLength(1);
    expect(page.charts[0]?.series).toHaveLength(2);
  });

  it("judges ratios by sizes, and draws lengths by orders of magnitude", () => {
    expect([1e-8, 1e-6, 1e-3, 0.01, 0.011].map(judge)).toEqual([
      "still",
      "slow",
      "good",
      "good",
      "fast",
    ]);
    const [none, least, middle, most] = logLengths([null, 0.01, 0.1, 1]) as [
      number,
      number,
      number,
      number,
    ];
    expect(none).toBe(0);
    expect(most).toBe(1);
    expect(least).toBeGreaterThan(0);
    expect(middle - least).toBeCloseTo(most - middle);
    expect(logLengths([0, null])).toEqual([0, 0]);
    expect(logLengths([5])).toEqual([1]);
  });
});

describe("the examples", () => {
  const prediction = (epoch: number, text: string, right: boolean | null) => ({
    step: epoch * 5,
    epoch,
    text,
    score: 0.75,
    right,
  });

  it("show the latest prediction and how it changed, by signs", async () => {
    page = await open(examples, "samples", {
      data: {
        rows: [
          {
            index: 7,
            text: "<i>good</i>",
            target: "pos",
            predictions: [prediction(0, "neg", false), prediction(1, "pos", true)],
          },
          { index: 8, text: "x", target: null, predictions: [] },
        ],
      },
    });
    const [first, second] = page.all(".pan-sample");
    expect(first?.querySelector("i")).toBeNull();
    expect(first?.querySelector(".pan-verdict")?.textContent).toBe("pos 75% · right");
    expect(page.all(".pan-step").map((step) => step.textContent)).toEqual([
      "✕Epoch 1, step 0: neg 75% · wrong",
      "✓Epoch 2, step 5: pos 75% · right",
    ]);
    expect(second?.textContent).toContain("not predicted yet");
  });

  it("count confusions with their shares of a row, by keyboard too", async () => {
    const data = {
      labels: ["a", "<b>b</b>"],
      counts: [
        [3, 1],
        [0, 0],
      ],
      step: 5,
      epoch: 0,
    };
    page = await open(examples, "confusion", { data });
    expect(page.text()).toContain("3 of 4 right (75.0%) · after epoch 1");
    const cells = page.all("td[data-at]");
    expect(cells.map((cell) => cell.textContent)).toEqual(["375%", "125%", "0", "0"]);
    expect(cells[1]?.title).toBe("Target a, predicted <b>b</b>: 1 (25.0% of this target)");
    expect(page.all("thead th[scope=col]")).toHaveLength(4);
    cells[0]?.focus();
    const press = (key: string) =>
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("ArrowRight");
    press("ArrowRight");
    expect(document.activeElement).toBe(cells[1]);
    expect(page.all('td[tabindex="0"]')).toHaveLength(1);
    expect(page.all(".pan-readout")[0]?.textContent).toContain("predicted <b>b</b>: 1");
    // The next epoch's counts: the keys stay where they are.
    page.take({
      ...data,
      counts: [
        [2, 2],
        [1, 1],
      ],
      epoch: 1,
    });
    expect((document.activeElement as HTMLElement).dataset.at).toBe("0,1");
  });

  it("draw nothing anew where nothing came", async () => {
    const data = { labels: ["a"], counts: [[3]], step: 5, epoch: 0 };
    page = await open(examples, "confusion", { data });
    const table = page.all("table")[0];
    page.panel.update();
    expect(page.all("table")[0]).toBe(table);
  });

  it("list the hardest with target and prediction", async () => {
    page = await open(examples, "hardest", {
      data: {
        step: 5,
        epoch: 2,
        rows: [
          { index: 1, text: "<p>t</p>", target: "neg", predicted: "pos", loss: null, score: 0.99 },
          { index: 2, text: "u", target: "neg", predicted: "neg", loss: 0.5, score: null },
        ],
      },
      language: "de",
    });
    expect(page.all("tbody tr").map((each) => each.textContent)).toEqual([
      "∞neg → ✕ pos 99\u00a0%<p>t</p>",
      "0,500neg → ✓ negu",
    ]);
  });
});

describe("embeddings, system and log", () => {
  it("tell how far which tokens moved", async () => {
    page = await open(more, "embeddings", {
      data: {
        step: 5,
        mean: 0.01,
        rows: 100,
        rows_moved: 25,
        tokens: [
          { token: "<b>", id: 1, drift: 0.5, count: 12 },
          { token: "x", id: 2, drift: 3e38, count: null },
        ],
        histogram: { edges: [0, 0.25, 0.5], counts: [99, 1] },
      },
    });
    expect(page.text()).toContain("25% · 25 of 100");
    expect(page.all(".pan-tokens li")[0]?.textContent).toBe("<b>50.0%12× in the data");
    expect(page.all(".pan-tokens li")[1]?.textContent).toContain("3e38×");
    expect(page.all(".pan-histogram li")[1]?.title).toBe("25.0% to 50.0%: 1 row");
  });

  it("say so where the embeddings have not moved", async () => {
    page = await open(more, "embeddings", {
      data: {
        step: 5,
        mean: 0,
        rows: 9,
        rows_moved: 0,
        tokens: [],
        histogram: { edges: [0, 1], counts: [9] },
      },
    });
    expect(page.text()).toContain("has not moved");
    expect(page.all(".pan-tokens")).toHaveLength(0);
  });

  it("show what the machine does, and a chart for each curve that there is", async () => {
    page = await open(more, "memory", {
      data: { process: 1.31e9, process_peak: null, gpu: null },
      curves: ["memory/process", "padding"],
      progress: { step: 9, waiting: 0.07 },
    });
    expect(page.text()).toContain("Process1.31 GB");
    expect(page.text()).not.toContain("GPU");
    expect(page.text()).toContain("Waiting for data7%");
    expect(page.text()).toContain("Padding10%");
    expect(page.charts.map(({ title }) => title)).toEqual(["Memory", "Padding share"]);
    expect([900, 999_600, 1.5e13].map((value) => bytes(value, "en"))).toEqual([
      "0.900 kB",
      "1.00 MB",
      "15.0 TB",
    ]);
  });

  it("say that there are no measurements where there are none", async () => {
    page = await open(more, "memory", {});
    expect(
      page
        .all("p")
        .filter((each) => !each.hidden)
        .map((each) => each.textContent),
    ).toEqual(["No measurements yet."]);
  });

  const event = (change: object) =>
    ({
      kind: "command",
      step: 1200,
      time: 3725,
      by: "reader",
      values: {},
      applied: true,
      ...change,
    }) as LogEvent;

  it("list commands, alerts and messages: who asked, what became of it, and why", async () => {
    page = await open(more, "log", {
      log: [
        event({ command: "lr_factor", values: { value: 0.5 }, by: "code" }),
        event({ command: "freeze", values: { group: 1 } }),
        event({
          command: "restore_best",
          by: "guard",
          applied: false,
          why: { en: "There is none yet.", de: "Es gibt noch keines." },
        }),
        event({ command: "panel", values: { name: "embeddings", on: false } }),
        {
          kind: "alert",
          step: 3,
          time: 4,
          alert: "diverging",
          level: "error",
          values: {},
          said: { en: "It diverges.", de: "" },
          advice: { en: "Try less.", de: "" },
        },
        { kind: "message", step: 3, time: 4, text: "<b>saved</b>" },
      ],
    });
    expect(page.all("tbody tr").map((each) => each.textContent)).toEqual([
      "1:02:051,200✓Learning rate × 0.5from code · done",
      "1:02:051,200✓Freeze <b>head</b>in the dashboard · done",
      "1:02:051,200✕Back to the best weights There is none yet.guard · refused",
      "1:02:051,200✓Switch off: embeddingsin the dashboard · done",
      "0:043!!It diverges. Try less.alert",
      "0:043i<b>saved</b>message",
    ]);
    expect(page.all("b")).toHaveLength(0);
  });

  it("add what comes and leave what stands; a shorter log is another one", () => {
    const list = new EventList("en");
    list.update([event({ command: "pause" })], {});
    const [first] = list.element.querySelectorAll("tbody tr");
    list.update([event({ command: "pause" }), event({ command: "resume" })], {});
    const rows = list.element.querySelectorAll("tbody tr");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toBe(first);
    list.update([event({ command: "stop" })], {});
    expect(list.element.querySelectorAll("tbody tr")).toHaveLength(1);
    expect(list.element.textContent).toContain("Stop now");
  });
});
