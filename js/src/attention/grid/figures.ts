import type { Context } from "../context.ts";
import type { Kernel } from "../kernel.ts";
import type { Pane, StatName } from "../model.ts";
import type { Place } from "./arrange.ts";

type Reply = Awaited<ReturnType<Kernel["stats"]>>;

/** How long (ms) after the first pictures statistics are asked for. */
const CALM = 500;
/** Weights that the kernel looks at in a moment. */
const MOMENT = 4_000_000;

/** Statistics of all heads of a kind; asked for when the first pictures are there. */
export class Figures {
  #context: Context;
  #known = new Map<string, Reply | "asked">();
  #onChange: () => void;
  #gone = new AbortController();

  constructor(context: Context, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  get #key(): string {
    const { item, kind } = this.#context.session;
    return `${item} ${kind}`;
  }

  get #reply(): Reply | undefined {
    const known = this.#known.get(this.#key);
    return known === "asked" ? undefined : known;
  }

  get names(): StatName[] {
    return this.#reply?.names ?? [];
  }

  get exact(): boolean {
    return this.#reply?.exact ?? true;
  }

  of({ layer, head }: Place, name: StatName): number | undefined {
    const reply = this.#reply;
    const k = reply?.names.indexOf(name) ?? -1;
    if (!reply || k < 0) return undefined;
    const layers = reply.values.length / reply.names.length / reply.heads;
    const value = reply.values[(k * layers + layer) * reply.heads + head];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  /** All heads, those with most first; undefined where that is not known. */
  ranking(pane: Pane, name: StatName): Place[] | undefined {
    if (!this.names.includes(name)) return undefined;
    const value = (place: Place) => this.of(place, name) ?? Number.NEGATIVE_INFINITY;
    return pane.heads
      .flatMap((count, layer) => Array.from({ length: count }, (_, head) => ({ layer, head })))
      .sort((a, b) => value(b) - value(a) || a.layer - b.layer || a.head - b.head);
  }

  ask(): void {
    const key = this.#key;
    if (this.#known.has(key)) return;
    this.#known.set(key, "asked");
    // The kernel does one thing after the other: what a reader does first comes before.
    setTimeout(() => void this.#load(key), CALM);
  }

  dispose(): void {
    this.#gone.abort();
  }

  /** Layers whose statistics the kernel has in a moment: what a reader does comes in between. */
  #step(): number {
    const { pane, opened } = this.#context.session;
    const count = (axis = 0) => opened?.axes[axis]?.count ?? 1;
    const weights = Math.max(...(pane?.heads ?? [1])) * count(pane?.queries) * count(pane?.keys);
    return Math.max(1, Math.floor(MOMENT / weights));
  }

  /** What fails here is only missing: the pictures say what else is wrong. */
  async #load(key: string): Promise<void> {
    const { kernel, session, guard } = this.#context;
    if (this.#gone.signal.aborted) return;
    if (key !== this.#key) {
      this.#known.delete(key);
      return;
    }
    try {
      const { item, kind, pane } = session;
      const depth = pane?.heads.length ?? 0;
      const step = this.#step();
      let whole: Reply | undefined;
      for (let from = 0; from < depth; from += step) {
        const layers: [number, number] = [from, Math.min(from + step, depth)];
        const reply = await kernel.stats(item, kind, layers, this.#gone.signal);
        whole ??= {
          ...reply,
          values: new Float32Array(reply.names.length * depth * reply.heads).fill(Number.NaN),
        };
        whole.exact &&= reply.exact;
        join(whole, reply, layers, depth);
      }
      if (!whole) return;
      this.#known.set(key, whole);
      if (key === this.#key) guard(this.#onChange)();
    } catch {
      this.#known.delete(key);
    }
  }
}

/** Puts the figures of some layers where they belong among those of all. */
function join(whole: Reply, part: Reply, [from, to]: [number, number], depth: number): void {
  const { heads, names } = whole;
  const size = (to - from) * heads;
  for (let k = 0; k < names.length; k++) {
    const values = part.values.subarray(k * size, (k + 1) * size);
    whole.values.set(values, (k * depth + from) * heads);
  }
}
