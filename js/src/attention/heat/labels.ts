import { clip } from "../../shared/canvas.ts";
import { FLAGS } from "../model.ts";
import { nameOf } from "../names.ts";
import type { Session } from "../session.ts";

/** px that a label takes across its direction. */
export const PITCH = 13;
/** px between what is written in the corner and the plot, whose first label is half outside. */
export const CORNER = 12;
const SAMPLE = 200;

/** Room for labels beside and above a plot. */
export interface Gutter {
  left: number;
  top: number;
  /** Labels of columns lie flat, because columns are that wide. */
  flat: boolean;
}

/** Names and kinds of the units of one side of the matrix. */
export class Labels {
  /** px of the longest label, as far as looked at. */
  longest = 0;
  #session: Session;
  #side: "queries" | "keys";

  constructor(session: Session, side: "queries" | "keys") {
    this.#session = session;
    this.#side = side;
  }

  get count(): number {
    return this.#axis?.count ?? 0;
  }

  name(unit: number): string {
    return nameOf(this.#axis, unit);
  }

  special(unit: number): boolean {
    const flags = this.#session.flags[this.#session.pane?.[this.#side] ?? -1];
    return ((flags?.[unit] ?? 0) & FLAGS.special) > 0;
  }

  /** Of long texts some units are looked at: labels that are longer get an ellipsis. */
  measure(context: CanvasRenderingContext2D | null): void {
    const step = Math.max(1, Math.ceil(this.count / SAMPLE));
    this.longest = 0;
    for (let unit = 0; unit < this.count; unit += step) {
      const width = context?.measureText(this.name(unit)).width ?? 0;
      this.longest = Math.max(this.longest, Math.ceil(width));
    }
  }

  get #axis() {
    const { pane, opened } = this.#session;
    return pane && opened?.axes[pane[this.#side]];
  }
}

/** `corner`: px of what is written where the two meet. */
export function gutter(
  rows: Pick<Labels, "longest">,
  columns: Pick<Labels, "longest">,
  width: number,
  cell: number,
  corner: number,
): Gutter {
  const room = Math.max(48, Math.min(120, 0.27 * width));
  const flat = columns.longest + 8 <= cell;
  return {
    left: Math.round(Math.max(48, corner + CORNER + 2, Math.min(room, rows.longest + 8))),
    top: flat ? 36 : Math.round(Math.max(34, Math.min(100, room, columns.longest + 8))),
    flat,
  };
}

/** Units whose labels have room: every one, or every so many. */
export function labelled([from, to]: [number, number], scale: number, pitch = PITCH): number[] {
  const step = Math.max(1, Math.ceil(pitch / scale));
  const found: number[] = [];
  for (let unit = Math.ceil(from / step) * step; unit < to; unit += step) found.push(unit);
  return found;
}

/** A label left of its row, right-aligned at the origin. */
export function rowLabel(
  context: CanvasRenderingContext2D,
  text: string,
  right: number,
  middle: number,
  room: number,
): number {
  const part = clip(context, text, room);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(part, right, middle + 0.5);
  return context.measureText(part).width;
}

/** A label above its column: flat, or read from below. */
export function columnLabel(
  context: CanvasRenderingContext2D,
  text: string,
  middle: number,
  bottom: number,
  room: number,
  flat: boolean,
): number {
  const part = clip(context, text, room);
  context.save();
  context.translate(middle, bottom);
  if (!flat) context.rotate(-Math.PI / 2);
  context.textAlign = flat ? "center" : "left";
  context.textBaseline = flat ? "bottom" : "middle";
  context.fillText(part, 0, 0);
  context.restore();
  return context.measureText(part).width;
}
