import type { AnyModel } from "@anywidget/types";
import type { AttentionState } from "../model.ts";
import { Answers } from "./answers.ts";
import type { PageData } from "./data.ts";

type Listener = (...args: unknown[]) => void;

/** A model without a kernel: the page itself answers what the view asks. */
export function pageModel(data: PageData): AnyModel<AttentionState> {
  const state: Record<string, unknown> = {
    language: data.language,
    summary: data.summary,
    place: "",
  };
  const answers = new Answers(data);
  const listeners = new Map<string, Set<Listener>>();

  async function send({ id, type, ...question }: { id: string; type: string }): Promise<void> {
    const tell = (content: unknown, buffers: readonly DataView[] = []) => {
      for (const listener of [...(listeners.get("msg:custom") ?? [])]) listener(content, buffers);
    };
    try {
      const [ok, buffers] = await answers.answer(type, question);
      tell({ id, ok }, buffers);
    } catch (error) {
      tell({ id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  const model = {
    get: (name: string) => state[name],
    set: (name: string, value: unknown) => {
      state[name] = value;
    },
    save_changes: () => {},
    on: (event: string, listener: Listener) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off: (event: string, listener: Listener) => {
      listeners.get(event)?.delete(listener);
    },
    send: (content: { id: string; type: string }) => void send(content),
  };
  return model as unknown as AnyModel<AttentionState>;
}
