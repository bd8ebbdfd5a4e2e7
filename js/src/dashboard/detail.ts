import { type CurveHead, decode, indexOf } from "../shared/chart/curve.ts";
import type { Curve } from "../shared/chart/types.ts";
import type { Range, Zoom } from "../shared/chart/zoom.ts";
import type { Channel } from "../shared/protocol.ts";
import { rest } from "../shared/rest.ts";

const BINS = 1024;
/** As many bins on screen need no finer ones. */
const ENOUGH = 512;
/** ms that a reader has to leave the zoom as it is. */
const PAUSE = 120;

/** Finer parts of curves, asked for where a reader looks so closely that bins get wide. */
export class Detail {
  readonly #channel: Channel;
  readonly #zoom: Zoom;
  readonly #curves: ReadonlyMap<string, Curve>;
  readonly #tell: () => void;
  readonly #forget: () => void;
  readonly #drawn = new Set<string>();
  #parts = new Map<string, Curve>();
  #range: Range = [0, 0];
  #asking: AbortController | undefined;
  readonly #later = rest(() => void this.#ask(), PAUSE);

  constructor(channel: Channel, zoom: Zoom, curves: ReadonlyMap<string, Curve>, tell: () => void) {
    this.#channel = channel;
    this.#zoom = zoom;
    this.#curves = curves;
    this.#tell = tell;
    this.#forget = zoom.on((what) => {
      if (what === "range") this.#zoomed();
    });
  }

  /** The finest that there is of a curve for what is on screen. */
  curve(name: string): Curve | undefined {
    this.#drawn.add(name);
    const whole = this.#curves.get(name);
    const part = this.#zoom.zoomed ? this.#parts.get(name) : undefined;
    if (!whole || !part || part.width >= whole.width) return whole;
    const [first, last] = this.#zoom.range;
    return this.#range[0] <= first && last <= this.#range[1] ? part : whole;
  }

  dispose(): void {
    this.#forget();
    this.#later.stop();
    this.#asking?.abort();
  }

  #zoomed(): void {
    this.#asking?.abort();
    this.#later.stop();
    if (this.#zoom.zoomed) this.#later.later();
    else this.#parts.clear();
  }

  async #ask(): Promise<void> {
    const range = this.#zoom.range;
    const names = [...this.#drawn].filter((name) => this.#coarse(name, range));
    if (names.length === 0) return;
    const asking = new AbortController();
    this.#asking = asking;
    const [first, last] = range;
    try {
      const { payload, buffers } = await this.#channel.request<{ curves: CurveHead[] }>(
        "window",
        { names, first: Math.floor(first), last: Math.ceil(last), bins: BINS },
        { signal: asking.signal },
      );
      this.#range = range;
      this.#parts = new Map(
        payload.curves.map((head, k) => [head.name, decode(head, buffers[k] as DataView)]),
      );
      this.#tell();
    } catch {
      // What is on screen stays as coarse as it is; the next zoom asks again.
    }
  }

  #coarse(name: string, [first, last]: Range): boolean {
    const curve = this.#curves.get(name);
    if (!curve || curve.width === 1) return false;
    return indexOf(curve.x, last) - indexOf(curve.x, first) < ENOUGH;
  }
}
