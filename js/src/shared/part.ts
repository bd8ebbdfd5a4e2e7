import type { Channel } from "./protocol.ts";

/** What a part of a widget exports, and its styles. */
export interface Part<Exported> {
  exported: Exported;
  css: string;
}

const loaded = new Map<string, Part<unknown>>();

/**
 * Fetches a part of a widget that is not in its bundle: `<widget>/<part>/part.ts`.
 *
 * A bundle is stored once per widget in a saved notebook, so that it holds what everybody sees;
 * the kernel has the rest. Once on the page it stays there. Each view asks for itself: one may
 * be gone, with what it asked, before it is answered.
 */
export async function loadPart<Exported>(channel: Channel, name: string): Promise<Part<Exported>> {
  const part = loaded.get(name) ?? (await fetchPart(channel, name));
  loaded.set(name, part);
  return part as Part<Exported>;
}

async function fetchPart(channel: Channel, name: string): Promise<Part<unknown>> {
  const { payload } = await channel.request<{ js: string; css: string }>("part", { name });
  const address = URL.createObjectURL(new Blob([payload.js], { type: "text/javascript" }));
  try {
    const module = await import(/* @vite-ignore */ address);
    return { exported: module.default, css: payload.css };
  } finally {
    URL.revokeObjectURL(address);
  }
}
