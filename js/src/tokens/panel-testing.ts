import { vi } from "vitest";
import { Channel } from "../shared/protocol.ts";
import { fakeModel } from "../shared/testing.ts";
import type { TokensState } from "./model.ts";
import type { Panel, PartContext } from "./panel.ts";
import { partTranslator } from "./part-words.ts";
import { Pieces } from "./pieces.ts";

/** A panel by itself on the page, with a kernel that says what a test makes it say. */
export function openPanel(make: (context: PartContext) => Panel, state: Partial<TokensState> = {}) {
  const fake = fakeModel(state as TokensState);
  const channel = new Channel(fake.model);
  const pieces = new Pieces(channel, []);
  const context = (language: "en" | "de"): PartContext => ({
    state: state as TokensState,
    channel,
    pieces,
    t: partTranslator(language),
    guard: (callback) => callback,
  });
  let panel = make(context("en"));
  document.body.append(panel.element);
  panel.layout(800);
  const all = (selector: string) => [...panel.element.querySelectorAll<HTMLElement>(selector)];

  return {
    ...fake,
    all,
    one: (selector: string) => all(selector)[0] as HTMLElement,
    named: (name: string) => all(`[aria-label="${name}"]`)[0] as HTMLInputElement,
    button: (text: string) =>
      all("button").find((found) => found.textContent === text) as HTMLButtonElement,
    text: () => panel.element.textContent ?? "",
    last: () => fake.sent.at(-1) as (typeof fake.sent)[number],
    /** Answers what was asked last; `type` where something else was asked since. */
    async answer(ok: unknown, buffers: DataView[] = [], type?: string) {
      const asked = fake.sent.filter((sent) => !type || sent.type === type).at(-1);
      fake.receive({ id: asked?.id, ok }, buffers);
      await vi.advanceTimersByTimeAsync(0);
    },
    async fail(error: string) {
      fake.receive({ id: fake.sent.at(-1)?.id, error });
      await vi.advanceTimersByTimeAsync(0);
    },
    inGerman() {
      panel.dispose();
      panel.element.remove();
      panel = make(context("de"));
      document.body.append(panel.element);
      panel.layout(800);
    },
    clean() {
      panel.dispose();
      panel.element.remove();
      channel.dispose();
    },
  };
}

export function press(target: Element, key: string, more: KeyboardEventInit = {}): void {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
}
