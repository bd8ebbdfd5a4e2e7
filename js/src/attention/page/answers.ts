import { halves as fromHalves } from "../kernel.ts";
import { Memory } from "../memory.ts";
import type { Kind, Lines, Matrix, Opened, Stats, Thumbs, Tile } from "../model.ts";
import { fromBase64, inflate, type PageData, type PageLayer } from "./data.ts";
import { half, type Layer, levelFor, pool, weightsOf } from "./pool.ts";

export type Answer = [payload: unknown, buffers: DataView[]];
type Question = Record<string, unknown>;

/** Decompressed bytes that are kept. */
const ROOM = 96_000_000;

/** Answers what a kernel would, from what the page has. */
export class Answers {
  #data: PageData;
  #layers = new Memory<{ size: number; layer: Promise<Layer> }>(ROOM, ({ size }) => size);

  constructor(data: PageData) {
    this.#data = data;
  }

  async answer(type: string, question: Question): Promise<Answer> {
    switch (type) {
      case "open":
        return [this.#opened(), this.#data.flags.map((text) => view(fromBase64(text)))];
      case "tile":
        return this.#tile(question as never);
      case "thumbs":
        return this.#thumbs(question as never);
      case "lines":
        return this.#lines(question as never);
      case "stats":
        return this.#stats(question as never);
      default:
        throw new Error(`This page cannot answer “${type}”.`);
    }
  }

  /** What the page cannot answer, it does not offer. */
  #opened(): Opened {
    const { opened, stats } = this.#data;
    return { ...opened, can: { ...opened.can, stats: Object.keys(stats).length > 0 } };
  }

  #layer(kind: Kind, index: number): Promise<Layer> {
    const key = `${kind} ${index}`;
    const known = this.#layers.get(key);
    if (known) return known.layer;
    const pane = this.#data.panes.find((each) => each.kind === kind);
    const found = pane?.layers[index];
    if (!found) throw new Error(`This page has no layer ${index} of “${kind}”.`);
    const { heads, height, width } = found;
    const layer = read(found);
    this.#layers.set(key, { size: heads.length * height * width, layer });
    return layer;
  }

  async #tile({
    kind,
    layer,
    heads,
    level,
    rows,
    columns,
  }: Matrix & {
    level: number;
    rows: [number, number];
    columns: [number, number];
  }): Promise<Answer> {
    const found = await this.#layer(kind, layer);
    const height = rows[1] - rows[0];
    const width = columns[1] - columns[0];
    const cells = new Uint8Array(height * width);
    // In parts, so that the page stays alive.
    const part = Math.max(1, Math.floor(2 ** 22 / (found.width * heads.length * 2 ** level)));
    for (let from = 0; from < height; from += part) {
      if (from > 0) await breathe();
      const to = Math.min(height, from + part);
      const into = cells.subarray(from * width, to * width);
      pool(found, heads, level, [rows[0] + from, rows[0] + to], columns, into);
    }
    const tile: Tile = { height, width, exact: true };
    return [tile, [view(cells)]];
  }

  async #thumbs(question: { kind: Kind; layers: [number, number]; size: number }): Promise<Answer> {
    const { kind, layers, size } = question;
    const parts: Uint8Array[] = [];
    let height = 0;
    let width = 0;
    for (let index = layers[0]; index < layers[1]; index++) {
      const layer = await this.#layer(kind, index);
      const level = levelFor(layer, size);
      height = Math.ceil(layer.height / 2 ** level);
      width = Math.ceil(layer.width / 2 ** level);
      const heads = layer.cells.length / Math.max(1, layer.height * layer.width);
      for (let head = 0; head < heads; head++) {
        parts.push(pool(layer, [head], level, [0, height], [0, width]));
      }
      await breathe();
    }
    const thumbs: Thumbs = { height, width, exact: true };
    return [thumbs, [view(joined(parts))]];
  }

  async #lines({
    kind,
    layer,
    heads,
    query,
    key,
  }: Matrix & { query: number | null; key: number | null }): Promise<Answer> {
    const found = await this.#layer(kind, layer);
    const buffers: DataView[] = [];
    if (query !== null) buffers.push(halves(weightsOf(found, heads, { query })));
    if (key !== null) buffers.push(halves(weightsOf(found, heads, { key })));
    const hidden = query === null ? 0 : hiddenOf(found, heads, query);
    const lines: Lines = { hidden, rough: true };
    return [lines, buffers];
  }

  #stats({ kind, layers: [from, to] }: { kind: Kind; layers: [number, number] }): Answer {
    const { names, heads, exact, values } = this.#data.stats[kind] ?? {
      names: [],
      heads: 0,
      exact: true,
      values: "",
    };
    const stats: Stats = { names, heads, exact };
    const all = fromBase64(values);
    const depth = all.length / 4 / Math.max(1, names.length * heads);
    const parts = names.map((_, k) =>
      all.slice(4 * heads * (k * depth + from), 4 * heads * (k * depth + to)),
    );
    return [stats, [view(concat(parts))]];
  }
}

async function read({ heads, height, width, data, hidden }: PageLayer): Promise<Layer> {
  const cells = await inflate(fromBase64(data));
  if (cells.length !== heads.length * height * width) {
    throw new Error("This page is damaged: a layer is not as long as it says.");
  }
  const shares = hidden === undefined ? undefined : fromHalves(view(fromBase64(hidden)));
  return { height, width, cells, ...(shares && { hidden: shares }) };
}

/** Share of a query's weight that the page does not show; heads are averaged. */
function hiddenOf({ hidden, height }: Layer, heads: number[], query: number): number {
  const sum = heads.reduce((all, head) => all + (hidden?.[head * height + query] ?? 0), 0);
  return sum / Math.max(1, heads.length);
}

/** Lets the page draw and hear. */
const breathe = () => new Promise<void>((resolve) => setTimeout(resolve));

function joined(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function halves(values: Float32Array): DataView {
  const bits = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, k) => {
    bits.setUint16(2 * k, half(value), true);
  });
  return bits;
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function concat(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
