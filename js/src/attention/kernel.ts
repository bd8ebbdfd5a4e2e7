import type { Channel } from "../shared/protocol.ts";
import { LinesCache } from "./lines.ts";
import { Memory } from "./memory.ts";
import type {
  Attribution,
  AttributionMethod,
  Exported,
  ExportRequest,
  Kind,
  Lens,
  Lines,
  Matrix,
  Neuron,
  Opened,
  Stats,
  Tile,
} from "./model.ts";

/** One byte a cell. */
export interface Picture extends Tile {
  cells: Uint8Array;
}

export interface TileRequest {
  level: number;
  rows: [from: number, to: number];
  columns: [from: number, to: number];
  sample: number;
}

/** Bytes of pictures that are kept, so that going back shows them at once. */
const KEPT = 24_000_000;

/** What can be asked, with buffers as arrays. Every question can be dropped by its signal. */
export class Kernel {
  /** Exact rows and columns, remembered for all parts of the view. */
  readonly exact = new LinesCache(this);
  #channel: Channel;
  #pictures = new Memory<Picture>(KEPT, ({ cells }) => cells.length);

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** With the code of `parts`, if some are named, and pictures that will be asked for first. */
  async open(item: number, lens: Lens, parts?: string[], signal?: AbortSignal) {
    const { payload, buffers } = await this.#channel.request<Opened>(
      "open",
      parts ? { item, lens, parts } : { item, lens },
      { signal },
    );
    const flags = buffers.slice(0, payload.axes.length);
    const pictures = buffers.slice(payload.axes.length);
    payload.ahead?.forEach(({ type, question, reply }, k) => {
      this.#pictures.set(keyOf(type, question), { ...reply, cells: bytes(pictures[k]) });
    });
    return { ...payload, flags: flags.map(bytes) };
  }

  async tile(matrix: Matrix, request: TileRequest, signal?: AbortSignal): Promise<Picture> {
    return this.#picture("tile", { ...matrix, ...request }, signal);
  }

  /** A tile that is here already. */
  known(matrix: Matrix, request: TileRequest): Picture | undefined {
    return this.#pictures.get(keyOf("tile", { ...matrix, ...request }));
  }

  /** A tile that was put together from others. */
  keep(matrix: Matrix, request: TileRequest, picture: Picture): void {
    this.#pictures.set(keyOf("tile", { ...matrix, ...request }), picture);
  }

  async thumbs(
    question: { item: number; kind: Kind; layers: [from: number, to: number]; size: number },
    signal?: AbortSignal,
  ): Promise<Picture> {
    return this.#picture("thumbs", question, signal);
  }

  async #picture(type: string, question: object, signal?: AbortSignal): Promise<Picture> {
    const key = keyOf(type, question);
    const known = this.#pictures.get(key);
    if (known) return known;
    const { payload, buffers } = await this.#channel.request<Tile>(
      type,
      { ...question },
      { signal },
    );
    const picture = { ...payload, cells: bytes(buffers[0]) };
    this.#pictures.set(key, picture);
    return picture;
  }

  async lines(
    matrix: Matrix,
    cell: { query: number | null; key: number | null },
    signal?: AbortSignal,
  ) {
    const { payload, buffers } = await this.#channel.request<Lines>(
      "lines",
      { ...matrix, ...cell },
      { signal },
    );
    const [first, second] = buffers.map(halves);
    const row = cell.query === null ? undefined : first;
    return { ...payload, row, column: cell.query === null ? first : second };
  }

  async stats(item: number, kind: Kind, layers: [from: number, to: number], signal?: AbortSignal) {
    const { payload, buffers } = await this.#channel.request<Stats>(
      "stats",
      { item, kind, layers },
      { signal },
    );
    return { ...payload, values: floats(buffers[0]) };
  }

  async neuron(
    question: {
      item: number;
      kind: Kind;
      layer: number;
      head: number;
      lens: Lens;
      query: number;
      keys: [from: number, to: number];
    },
    signal?: AbortSignal,
  ) {
    const { payload, buffers } = await this.#channel.request<Neuron>(
      "neuron",
      { ...question },
      { signal },
    );
    const [q, k, scores, weights] = buffers.map(floats);
    return { ...payload, q, k, scores, weights };
  }

  async attribute(
    question: {
      item: number;
      method: AttributionMethod;
      position: number | null;
      target: number | null;
      lens: Lens;
    },
    signal?: AbortSignal,
  ) {
    const { payload, buffers } = await this.#channel.request<Attribution>(
      "attribute",
      { ...question },
      { signal },
    );
    return { ...payload, scores: buffers.map(floats) };
  }

  async export(
    question: ExportRequest,
    signal?: AbortSignal,
  ): Promise<Exported & { file: Uint8Array }> {
    const { payload, buffers } = await this.#channel.request<Exported>(
      "export",
      { ...question },
      { signal },
    );
    return { ...payload, file: bytes(buffers[0]) };
  }
}

function keyOf(type: string, question: object): string {
  return `${type} ${JSON.stringify(question)}`;
}

function bytes(view: DataView | undefined): Uint8Array {
  return view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array();
}

/** Copied: what comes from the kernel may begin anywhere in its buffer. */
function floats(view: DataView | undefined): Float32Array {
  const values = new Float32Array((view?.byteLength ?? 0) / 4);
  for (let k = 0; k < values.length; k++) values[k] = view?.getFloat32(4 * k, true) ?? 0;
  return values;
}

/** Half-precision numbers; not every browser reads them by itself. */
export function halves(view: DataView | undefined): Float32Array {
  const values = new Float32Array((view?.byteLength ?? 0) / 2);
  for (let k = 0; k < values.length; k++) values[k] = half(view?.getUint16(2 * k, true) ?? 0);
  return values;
}

function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
