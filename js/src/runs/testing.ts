import { vi } from "vitest";
import type { CurveHead } from "../shared/chart/curve.ts";
import { fakeModel } from "../shared/testing.ts";
import widget from "./index.ts";
import type { RunRow, RunsState } from "./model.ts";

export function row(k: number, change: Partial<RunRow> = {}): RunRow {
  return {
    id: `run${k}`,
    name: `run ${k}`,
    project: "default",
    status: "finished",
    started: 1_795_669_506 - k * 3600,
    seconds: 75 + k,
    epochs: 3,
    steps: 360,
    monitor: "valid_loss",
    best: 0.25,
    model: "demo/minilm",
    note: "",
    live: false,
    newer: false,
    ...change,
  };
}

/** A curve over steps from 1 on, as the kernel sends it. */
export function curve(name: string, values: number[]): [CurveHead, DataView] {
  const head = { name, first: 0, width: 1, count: values.length, dense: true, x0: 1 };
  return [head, new DataView(Float32Array.from(values).buffer)];
}

/** The widget on the page, with a kernel that says what a test makes it say. */
export function openRuns(state: Partial<RunsState> = {}) {
  const fake = fakeModel<RunsState>({ language: "en", place: "here", compare: [], ...state });
  const el = document.createElement("div");
  document.body.append(el);
  const close = widget.render({ model: fake.model, el });
  const all = (selector: string) => [...el.querySelectorAll<HTMLElement>(selector)];
  const one = (selector: string) => all(selector)[0] as HTMLElement;
  const last = (type: string) => fake.sent.filter((sent) => sent.type === type).at(-1);
  return {
    ...fake,
    el,
    all,
    one,
    last,
    named: (name: string) => one(`[aria-label="${name}"]`) as HTMLInputElement,
    button: (text: string) =>
      all("button").find((found) => found.textContent === text) as HTMLButtonElement,
    rows: () => all(".tfw-rows-body > [role=row]"),
    /** Answers the last question of a type. */
    async answer(type: string, ok: unknown, buffers: DataView[] = []) {
      fake.receive({ id: last(type)?.id, ok }, buffers);
      await vi.advanceTimersByTimeAsync(0);
    },
    async answerRows(rows: RunRow[], total = rows.length, projects = ["default"]) {
      await this.answer("rows", { start: last("rows")?.start, rows, total, projects });
    },
    async fail(type: string, error: string) {
      fake.receive({ id: last(type)?.id, error });
      await vi.advanceTimersByTimeAsync(0);
    },
    clean() {
      close();
      el.remove();
    },
  };
}
