import { isAbort } from "../../shared/protocol.ts";
import type { Context } from "../context.ts";
import type { Picture } from "../kernel.ts";

/** Bytes of a first screen, and of one reply, at most. */
const SCREEN = 450_000;
const REPLY = 200_000;
/** Sizes (px) that are asked for, so that a little more room is no other question. */
const SIZES = [12, 16, 24, 32, 40, 48, 56, 64];
/** What is asked for at least, whatever the screen: the kernel answers it unasked (`payload.py`). */
const USUAL = 48;

/** The largest useful size of `count` thumbnails with a side of so many device pixels. */
export function sizeFor(pixels: number, count: number): number {
  const most = Math.sqrt(SCREEN / Math.max(1, count));
  const enough = SIZES.find((size) => size >= Math.max(pixels, USUAL)) ?? 64;
  return Math.max(12, ...SIZES.filter((size) => size <= Math.min(enough, most)));
}

/**
 * The layers that the next request should be about: the first missing one that is on screen,
 * and as many behind it as one reply may hold.
 */
export function chunk(
  wanted: number[],
  has: (layer: number) => boolean,
  perLayer: number,
  depth: number,
): [from: number, to: number] | undefined {
  const from = wanted.find((layer) => !has(layer));
  if (from === undefined) return undefined;
  const most = Math.max(1, Math.floor(REPLY / perLayer));
  let to = from + 1;
  while (to - from < most && to < depth && !has(to)) to++;
  return [from, to];
}

export interface Thumb {
  picture: Picture;
  /** Thumbnails before it in the picture. */
  first: number;
}

/** Fetches thumbnails of the layers on screen, some layers at a time. */
export class ThumbLoader {
  busy = false;
  failure: unknown;
  layers = new Map<number, Thumb>();
  #context: Context;
  #onChange: () => void;
  #asked = new AbortController();
  #wanted: number[] = [];
  #size = 0;
  #about = "";

  constructor(context: Context, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  want(layers: number[], size: number): void {
    const { item, kind } = this.#context.session;
    const about = `${item} ${kind}`;
    const other = about !== this.#about;
    if (other) this.layers = new Map();
    // Smaller ones are drawn until there are larger ones; too large ones do as well.
    if (other || size > this.#size) {
      this.#asked.abort();
      this.busy = false;
      this.#size = size;
      this.#about = about;
      this.#sharp = new Set();
    }
    this.#wanted = layers;
    if (!this.busy && !this.failure) void this.#load();
  }

  #sharp = new Set<number>();

  retry(): void {
    this.failure = undefined;
    void this.#load();
  }

  dispose(): void {
    this.#asked.abort();
  }

  async #load(): Promise<void> {
    const { kernel, session, guard } = this.#context;
    const { item, kind, pane } = session;
    const heads = Math.max(1, ...(pane?.heads ?? [1]));
    const perLayer = heads * this.#size ** 2;
    if (!pane) return;
    const has = (layer: number) => this.#sharp.has(layer);
    const range = chunk(this.#wanted, has, perLayer, pane.heads.length);
    if (!range) return;
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    this.busy = true;
    try {
      const question = { item, kind, layers: range, size: this.#size };
      const picture = await kernel.thumbs(question, signal);
      if (signal.aborted) return;
      let first = 0;
      for (let layer = range[0]; layer < range[1]; layer++) {
        this.layers.set(layer, { picture, first });
        this.#sharp.add(layer);
        first += pane.heads[layer] ?? 0;
      }
      this.busy = false;
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.busy = false;
      this.failure = error;
    }
    guard(this.#onChange)();
    if (!this.failure) void this.#load();
  }
}
