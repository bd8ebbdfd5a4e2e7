import type { AnyModel } from "@anywidget/types";

type Listener = (...args: unknown[]) => void;
export type Sent = { id: string; type: string; [param: string]: unknown };

/** A model without a kernel: it records what is sent, and says what a test makes it say. */
export function fakeModel<State extends object>(state: State) {
  const listeners = new Map<string, Set<Listener>>();
  const emit = (event: string, ...args: unknown[]) => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(...args);
  };
  const sent: Sent[] = [];
  const model = {
    get: (key: keyof State) => state[key],
    on: (event: string, listener: Listener) =>
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
    off: (event: string, listener: Listener) => listeners.get(event)?.delete(listener),
    send: (content: Sent) => sent.push(content),
  };
  return {
    model: model as unknown as AnyModel<State>,
    sent,
    receive: (content: unknown, buffers: DataView[] = []) => emit("msg:custom", content, buffers),
    change: <Key extends keyof State & string>(key: Key, value: State[Key]) => {
      state[key] = value;
      emit(`change:${key}`);
    },
    listening: () => [...listeners.values()].reduce((count, set) => count + set.size, 0),
  };
}
