import { vi } from "vitest";
import sharedWords from "../../../tfwidgets/ui/strings/shared.json";
import { translator } from "../shared/i18n.ts";
import { Channel } from "../shared/protocol.ts";
import { fakeModel } from "../shared/testing.ts";
import type { Context, Section } from "./context.ts";
import { Kernel } from "./kernel.ts";
import type { AttentionState, Axis, Kind, Opened } from "./model.ts";
import { Session } from "./session.ts";
import { words } from "./words.ts";

export const axis = (labels: string[], name: Axis["name"] = "text"): Axis => ({
  name,
  count: labels.length,
  labels,
  pieces: labels.map(() => null),
  split: null,
});

export function openedWith(axes: Axis[], more: Partial<Opened> = {}): Opened {
  const pane = { heads: [2, 2], layers: ["0", "1"], causal: false, nan: false };
  const panes =
    axes.length === 1
      ? [{ ...pane, kind: "self" as Kind, queries: 0, keys: 0 }]
      : [{ ...pane, kind: "cross" as Kind, queries: 1, keys: 0 }];
  const can = { words: true, special: true, neuron: true, attribution: [], export: [] };
  return { axes, panes, notes: [], can, ...more };
}

/** A section by itself on the page, with a kernel that says what a test makes it say. */
export function openSection(make: (context: Context) => Section, opened: Opened) {
  const fake = fakeModel({} as AttentionState);
  const channel = new Channel(fake.model);
  const session = new Session();
  session.open(
    opened,
    opened.axes.map(({ labels }) => Uint8Array.from(labels, (label) => (label[0] === "[" ? 1 : 2))),
  );
  const context: Context = {
    session,
    kernel: new Kernel(channel),
    channel,
    t: translator("en", sharedWords, words) as Context["t"],
    guard: (callback) => callback,
  };
  const section = make(context);
  document.body.append(section.element);
  section.layout(600);
  const all = (selector: string) => [...section.element.querySelectorAll<HTMLElement>(selector)];
  return {
    ...fake,
    session,
    section,
    all,
    one: (selector: string) => all(selector)[0] as HTMLElement,
    text: () => section.element.textContent ?? "",
    asked: (type: string) => fake.sent.filter((sent) => sent.type === type),
    /** Answers the last question of a type. */
    async answer(type: string, ok: unknown, buffers: DataView[] = []) {
      fake.receive({ id: fake.sent.filter((sent) => sent.type === type).at(-1)?.id, ok }, buffers);
      await vi.advanceTimersByTimeAsync(0);
    },
    async fail(type: string, error: string) {
      fake.receive({ id: fake.sent.filter((sent) => sent.type === type).at(-1)?.id, error });
      await vi.advanceTimersByTimeAsync(0);
    },
    clean() {
      section.dispose();
      section.element.remove();
      channel.dispose();
    },
  };
}

/** Powers of two as half-precision numbers: enough for tests. */
export function f16(values: number[]): DataView {
  const bits = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, k) => {
    const exponent = Number.isNaN(value) ? 16 : value === 0 ? -15 : Math.floor(Math.log2(value));
    const fraction = Number.isNaN(value) ? 1 : value === 0 ? 0 : (value / 2 ** exponent - 1) * 1024;
    bits.setUint16(2 * k, ((exponent + 15) << 10) + Math.round(fraction), true);
  });
  return bits;
}

export function f32(values: number[]): DataView {
  return new DataView(Float32Array.from(values).buffer);
}
