import type { Channel } from "../shared/protocol.ts";

const memories = new WeakMap<Channel, Record<string, object>>();

/** What a reader did in a panel: found again when the panel is drawn anew in another language. */
export function remember<Memory extends object>(
  channel: Channel,
  panel: string,
  initial: Memory,
): Memory {
  const known = memories.get(channel) ?? {};
  memories.set(channel, known);
  known[panel] ??= initial;
  return known[panel] as Memory;
}
