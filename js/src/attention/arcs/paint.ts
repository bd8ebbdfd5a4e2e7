import { clip } from "../../shared/canvas.ts";
import { byteOf, css, type Palette, share } from "../colours.ts";
import type { Weights } from "../lines.ts";
import { FLAGS } from "../model.ts";
import { nameOf } from "../names.ts";
import type { Cell, Session } from "../session.ts";
import { strongest } from "../strongest.ts";
import {
  type Geometry,
  HEAD,
  onStrip,
  ROW,
  rowOf,
  type Side,
  STRIP,
  thumb,
  VALUE,
  visibleUnits,
} from "./geometry.ts";
import type { Link } from "./links.ts";

export interface Picture {
  session: Session;
  at: Geometry;
  colours: Palette & { second: string };
  links: Link[];
  /** Queries whose weights are no numbers. */
  broken: Set<number>;
  /** Whose weights are drawn instead of the strongest ones. */
  focus: Cell;
  weights: Weights | undefined;
  /** The place of the keys, while the pane has the focus. */
  caret: { side: Side; unit: number } | undefined;
  names: { query: string; key: string };
  number(weight: number): string;
}

/** Lines of one token that are drawn at most; the rest would be a grey surface. */
const MOST = 250;
/** Of those, to what is not on screen: they lie on each other. */
const MOST_AWAY = 12;

export function paint(context: CanvasRenderingContext2D, picture: Picture): void {
  const { at, colours, session, focus, weights } = picture;
  context.clearRect(0, 0, at.width, at.height);
  heads(context, picture);
  context.save();
  context.beginPath();
  context.rect(0, HEAD, at.width, at.body);
  context.clip();
  const row = focus.query !== null ? weights?.row : undefined;
  const column = focus.query === null && focus.key !== null ? weights?.column : undefined;
  const looked = focus.query !== null || focus.key !== null;
  for (const link of picture.links) {
    const strength = share(link.value, session.scale);
    line(context, at, link, strength, colours.accent, looked ? 0.1 : 0.85);
  }
  const own = (values: Float32Array, make: (other: number) => Cell, colour: string) => {
    const seen = visibleUnits(at, row ? "key" : "query");
    const inside = (other: number) => other >= seen[0] && other < seen[1];
    const best = strongest(values, MOST, 0.001);
    const away = new Set(best.filter((other) => !inside(other)).slice(MOST_AWAY));
    for (const other of best.reverse()) {
      if (away.has(other)) continue;
      const strength = share(byteOf(values[other] ?? 0), session.scale);
      line(context, at, make(other), strength, colour, 1);
    }
  };
  if (row) own(row, (key) => ({ query: focus.query, key }), colours.accent);
  if (column) own(column, (query) => ({ query, key: focus.key }), colours.second);
  side(context, picture, "query", column);
  side(context, picture, "key", row);
  context.restore();
  if (at.most > 0) strip(context, picture);
}

function heads(context: CanvasRenderingContext2D, { at, colours, names }: Picture): void {
  context.font = `600 12px ${colours.font}`;
  context.fillStyle = colours.muted;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillText(clip(context, names.query, at.left - 8), at.left - 8, HEAD / 2);
  context.textAlign = "left";
  context.fillText(clip(context, names.key, at.left - 8), at.right + 8, HEAD / 2);
}

function line(
  context: CanvasRenderingContext2D,
  at: Geometry,
  { query, key }: Cell,
  strength: number,
  colour: string,
  most: number,
): void {
  if (query === null || key === null) return;
  const from = rowOf(at, "query", query);
  const to = rowOf(at, "key", key);
  if (Math.max(from, to) < HEAD || Math.min(from, to) > at.height) return;
  const bend = (at.right - at.left) * 0.4;
  // Many lead to what is not on screen: they shall not outdo those that can be read.
  const off = Math.min(from, to) < HEAD || Math.max(from, to) > at.height;
  context.globalAlpha = most * (0.12 + 0.88 * strength) * (off ? 0.3 : 1);
  context.lineWidth = 0.6 + 2.8 * strength;
  context.strokeStyle = colour;
  context.beginPath();
  const [start, end] = [near(at, from), near(at, to)];
  context.moveTo(at.left, start);
  context.bezierCurveTo(at.left + bend, start, at.right - bend, end, at.right, end);
  context.stroke();
  context.globalAlpha = 1;
}

/** What is far away comes nearer, the farther the more: lines still fan out to where they go. */
function near(at: Geometry, y: number): number {
  const edge = y < HEAD ? HEAD : at.height;
  const beyond = y - edge;
  if (y >= HEAD && y <= at.height) return y;
  return edge + (at.body * beyond) / (Math.abs(beyond) + 3 * at.body);
}

/** One column of tokens; `values` are their weights for the token that is looked at. */
function side(
  context: CanvasRenderingContext2D,
  { session, at, colours, focus, caret, broken, number }: Picture,
  which: Side,
  values: Float32Array | undefined,
): void {
  const { pane, opened, cell, pinned, scale } = session;
  const index = (which === "query" ? pane?.queries : pane?.keys) ?? 0;
  const axis = opened?.axes[index];
  const flags = session.flags[index];
  const left = which === "query";
  const edge = left ? at.left : at.right;
  const start = left ? 0 : at.right;
  const ramp = colours.ramp(scale);
  const [from, to] = visibleUnits(at, which);
  context.textBaseline = "middle";
  for (let unit = from; unit < to; unit++) {
    const middle = rowOf(at, which, unit);
    const value = values?.[unit];
    const here = cell[which] === unit || focus[which] === unit;
    const byte = value === undefined ? 0 : byteOf(value);
    const tinted = byte > 0;
    if (tinted) {
      context.fillStyle = css(ramp[byte]);
      context.fillRect(left ? edge - 5 : edge, middle - ROW / 2 + 1, 5, ROW - 2);
    }
    if (here) {
      context.globalAlpha = 0.16;
      context.fillStyle = left || focus.query !== null ? colours.accent : colours.second;
      context.fillRect(start, middle - ROW / 2, at.left, ROW);
      context.globalAlpha = 1;
    }
    const box = caret?.side === which && caret.unit === unit;
    if (box || pinned?.[which] === unit) {
      context.strokeStyle = box ? colours.accent : colours.ink;
      context.lineWidth = box ? 2 : 1;
      context.strokeRect(start + 1, middle - ROW / 2 + 1, at.left - 2, ROW - 2);
    }
    const special = (flags?.[unit] ?? 0) & FLAGS.special;
    context.font = `${here ? 600 : 400} 13px ${colours.font}`;
    const plain = special && !here ? colours.muted : colours.ink;
    context.fillStyle = left && broken.has(unit) ? colours.error : plain;
    context.textAlign = left ? "right" : "left";
    const away = left ? -9 : 9;
    const name = clip(context, nameOf(axis, unit), at.left - 12 - VALUE);
    context.fillText(name, edge + away, middle + 0.5);
    // What is too small to matter is told by the bar; its number would only be noise.
    if (value === undefined || value < 0.005) continue;
    context.font = `400 11px ${colours.font}`;
    context.fillStyle = Number.isNaN(value) ? colours.error : colours.muted;
    context.textAlign = left ? "left" : "right";
    context.fillText(number(value), left ? 4 : at.right + at.left - 4, middle + 0.5);
  }
}

function strip(context: CanvasRenderingContext2D, { at, colours }: Picture): void {
  const [top, height] = thumb(at);
  context.fillStyle = colours.never;
  context.fillRect(onStrip(at) + 2, HEAD, STRIP - 2, at.body);
  context.fillStyle = colours.muted;
  context.globalAlpha = 0.6;
  context.fillRect(onStrip(at) + 3, top, STRIP - 4, height);
  context.globalAlpha = 1;
}
