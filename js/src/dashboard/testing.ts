import { vi } from "vitest";
import type { CurveHead } from "../shared/chart/curve.ts";
import { fakeModel } from "../shared/testing.ts";
import { widget } from "../shared/widget.ts";
import body from "./body/part.ts";
import type { DashboardState, Delta, Opened } from "./model.ts";
import { mounting } from "./view.ts";
import { words } from "./words.ts";

/** A curve as the kernel sends it, a value per bin. */
export function sent(
  name: string,
  values: number[],
  more: Partial<CurveHead> = {},
): [CurveHead, DataView] {
  const bytes = Float32Array.from(
    (more.width ?? 1) > 1 ? [...values, ...values, ...values] : values,
  );
  const head = { name, first: 0, width: 1, count: values.length, dense: true, x0: 1, ...more };
  return [head, new DataView(bytes.buffer)];
}

export function openedWith(more: Partial<Opened> = {}, info: Partial<Opened["info"]> = {}): Opened {
  return {
    info: {
      id: "r1",
      name: "<b>MiniLM</b>",
      project: "default",
      live: true,
      started: 1_764_133_505,
      ended: null,
      facts: { groups: ["embeddings", "head"], monitor: "valid_loss", monitor_lower: true },
      note: "",
      seconds: 75,
      ...info,
    },
    status: "running",
    error: null,
    progress: { epoch: 1, epochs: 3, batch: 40, batches: 120, step: 160, steps: 360, left: 192 },
    epochs: [],
    log: [],
    panels: {},
    curves: [],
    ...more,
  };
}

export function deltaWith(more: Partial<Delta> = {}): Delta {
  return {
    type: "delta",
    status: "running",
    error: null,
    progress: { step: 161, steps: 360 },
    epochs: [],
    epochs_at: 0,
    log: [],
    log_at: 0,
    panels: {},
    curves: [],
    seconds: 76,
    ...more,
  };
}

/** The whole view on the page, with a kernel that says what a test makes it say. */
export function openView(language: "en" | "de" = "en") {
  const fake = fakeModel<DashboardState>({ language, place: "here" });
  const el = document.createElement("div");
  document.body.append(el);
  const close = widget(words, mounting(body)).render({ model: fake.model, el });
  const all = (selector: string) => [...el.querySelectorAll<HTMLElement>(selector)];
  const asked = (type: string) => fake.sent.filter((one) => one.type === type);
  const settle = () => vi.advanceTimersByTimeAsync(40);
  return {
    ...fake,
    el,
    all,
    one: (selector: string) => all(selector)[0] as HTMLElement,
    text: () => el.textContent ?? "",
    asked,
    settle,
    /** Answers the last question of a type. */
    async answer(type: string, ok: unknown, buffers: DataView[] = []) {
      fake.receive({ id: asked(type).at(-1)?.id, ok }, buffers);
      await settle();
    },
    async fail(type: string, error: string) {
      fake.receive({ id: asked(type).at(-1)?.id, error });
      await settle();
    },
    async push(delta: Partial<Delta>, buffers: DataView[] = []) {
      fake.receive(deltaWith(delta), buffers);
      await settle();
    },
    clean() {
      close();
      el.remove();
    },
  };
}
