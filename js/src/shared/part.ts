import type { Channel } from "./protocol.ts";

/** What a part of a widget exports, and its styles. */
export interface Part<Exported> {
  exported: Exported;
  css: string;
}

/** The text of a part: a module, and a style sheet. */
export interface Code {
  js: string;
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
  const known = loaded.get(name);
  if (known) return known as Part<Exported>;
  const { payload } = await channel.request<Code>("part", { name });
  return takePart(name, payload);
}

/** A part whose code came with something else. */
export async function takePart<Exported>(name: string, code: Code): Promise<Part<Exported>> {
  const part = loaded.get(name) ?? (await importPart(code));
  loaded.set(name, part);
  return part as Part<Exported>;
}

async function importPart({ js, css }: Code): Promise<Part<unknown>> {
  const address = URL.createObjectURL(new Blob([js], { type: "text/javascript" }));
  try {
    const module = await import(/* @vite-ignore */ address);
    return { exported: module.default, css };
  } finally {
    URL.revokeObjectURL(address);
  }
}
