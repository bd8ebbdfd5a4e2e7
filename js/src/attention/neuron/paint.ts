import { clip } from "../../shared/canvas.ts";
import type { Palette } from "../colours.ts";
import type { Neuron } from "../model.ts";
import { products, reach } from "./products.ts";
import { type SignColours, strip } from "./strips.ts";

export interface Found extends Neuron {
  q: Float32Array;
  k: Float32Array;
  scores: Float32Array;
  weights: Float32Array;
}

export const ROW = 20;
export const HEAD = 24;
const GAP = 8;

export interface Columns {
  width: number;
  label: number;
  strip: number;
  score: number;
  weight: number;
}

export function columns(available: number): Columns {
  const width = Math.max(260, available);
  const label = Math.round(Math.max(64, Math.min(130, width * 0.2)));
  const score = 52;
  const weight = Math.round(Math.max(54, Math.min(110, width * 0.14)));
  const strips = (width - label - score - weight - 4 * GAP) / 2;
  return { width, label, strip: Math.floor(strips), score, weight };
}

export interface Table {
  found: Found;
  /** Of the query, and of each key. */
  names: { query: string; keys: string[] };
  selected: number;
  focused: boolean;
  colours: Palette & SignColours;
  titles: { key: string; product: string; score: string; weight: string };
  number(value: number): string;
  weight(value: number): string;
}

/** A row for the query, then one for each key: k, q × k, the score and the weight. */
export function paintTable(context: CanvasRenderingContext2D, at: Columns, table: Table): void {
  const { found, names, colours, titles } = table;
  const { dimension, q, k, scores, weights } = found;
  const across = places(at);
  context.clearRect(0, 0, at.width, HEAD + (names.keys.length + 1) * ROW);
  context.textBaseline = "middle";
  context.imageSmoothingEnabled = false;
  const write = (text: string, x: number, y: number, room: number, align: CanvasTextAlign) => {
    context.textAlign = align;
    context.fillText(clip(context, text, room), align === "right" ? x + room : x, y);
  };
  context.font = `600 12px ${colours.font}`;
  context.fillStyle = colours.muted;
  write(titles.key, across.key, HEAD / 2, at.strip, "left");
  write(titles.product, across.product, HEAD / 2, at.strip, "left");
  write(titles.score, across.score, HEAD / 2, at.score, "right");
  write(titles.weight, across.weight, HEAD / 2, at.weight - 4, "right");

  const first = HEAD + ROW;
  const all = names.keys.length;
  const most = Math.max(reach(q), reach(k));
  context.drawImage(strip(q, dimension, most, colours), across.key, HEAD + 3, at.strip, ROW - 6);
  context.fillStyle = colours.ink;
  context.font = `600 13px ${colours.font}`;
  write(`q  ${names.query}`, 4, HEAD + ROW / 2, at.label - 8, "left");
  const product = new Float32Array(all * dimension);
  for (let key = 0; key < all; key++) product.set(products(q, k, key), key * dimension);
  const images = [
    [strip(k, dimension, most, colours), across.key],
    [strip(product, dimension, reach(product), colours), across.product],
  ] as const;
  for (let key = 0; key < all; key++) {
    const top = first + key * ROW;
    const middle = top + ROW / 2;
    if (key === table.selected) {
      context.globalAlpha = 0.14;
      context.fillStyle = colours.accent;
      context.fillRect(0, top, at.width, ROW);
      context.globalAlpha = 1;
      if (table.focused) {
        context.strokeStyle = colours.accent;
        context.lineWidth = 2;
        context.strokeRect(1, top + 1, at.width - 2, ROW - 2);
      }
    }
    for (const [image, x] of images) {
      context.drawImage(image, 0, key, dimension, 1, x, top + 2, at.strip, ROW - 4);
    }
    context.font = `${key === table.selected ? 600 : 400} 13px ${colours.font}`;
    context.fillStyle = colours.ink;
    write(names.keys[key] ?? "", 4, middle, at.label - 8, "left");
    context.font = `400 12px ${colours.font}`;
    write(table.number(scores[key] ?? Number.NaN), across.score, middle, at.score, "right");
    const weight = weights[key] ?? Number.NaN;
    context.fillStyle = colours.accent;
    context.globalAlpha = 0.35;
    context.fillRect(across.weight, top + 3, at.weight * (weight > 0 ? weight : 0), ROW - 6);
    context.globalAlpha = 1;
    context.fillStyle = Number.isNaN(weight) ? colours.error : colours.ink;
    write(table.weight(weight), across.weight, middle, at.weight - 4, "right");
  }
}

function places(at: Columns) {
  const key = at.label + GAP;
  const product = key + at.strip + GAP;
  const score = product + at.strip + GAP;
  return { key, product, score, weight: score + at.score + GAP };
}

/** One pair, enlarged: a bar for each dimension, from 0 up or down. */
export function paintPair(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  values: Float32Array,
  colours: Palette & SignColours,
): void {
  context.clearRect(0, 0, width, height);
  const most = reach(values) || 1;
  const middle = height / 2;
  const step = width / Math.max(1, values.length);
  for (let k = 0; k < values.length; k++) {
    const value = values[k] ?? 0;
    if (!Number.isFinite(value)) continue;
    const [red, green, blue] = value < 0 ? colours.minus : colours.plus;
    const long = (Math.abs(value) / most) * (middle - 2);
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(k * step, value < 0 ? middle : middle - long, Math.max(1, step - 1), long);
  }
  context.fillStyle = colours.muted;
  context.fillRect(0, middle - 0.5, width, 1);
}
