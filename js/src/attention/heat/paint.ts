import type { hiDpi } from "../../shared/canvas.ts";
import type { Palette } from "../colours.ts";
import type { Cell, Range, Scale } from "../session.ts";
import { rangeOf, type Size, type View } from "./geometry.ts";
import {
  CORNER,
  columnLabel,
  type Gutter,
  type Labels,
  labelled,
  PITCH,
  rowLabel,
} from "./labels.ts";
import { hatch, type Piece, raster } from "./raster.ts";

export interface Scene {
  view: View;
  size: Size;
  gutter: Gutter;
  bounds: Range;
  rows: Labels;
  columns: Labels;
  palette: Palette;
  corner: [query: string, key: string];
}

type HiDpi = ReturnType<typeof hiDpi>;
/** px beyond the plot, for the halves of the last labels. */
export const EDGE = 7;
/** px of a unit from which on lines between units help. */
const RULED = 9;

export function font(palette: Palette): string {
  return `11px ${palette.font}`;
}

/** px of the longer of the two names in the corner. */
export function cornerWidth(context: CanvasRenderingContext2D, scene: Scene): number {
  context.font = cornerFont(scene.palette);
  return Math.ceil(Math.max(...scene.corner.map((name) => context.measureText(name).width)));
}

const cornerFont = (palette: Palette) => `10px ${palette.font}`;

export function paintPicture(
  canvas: HiDpi,
  scene: Scene,
  pieces: Piece[],
  scale: Scale,
  causal: boolean,
): void {
  const { view, size, gutter, bounds, palette } = scene;
  const context = canvas.size(gutter.left + size.width + EDGE, gutter.top + size.height + EDGE);
  if (!context) return;
  const { ratio } = canvas;
  const width = Math.max(1, Math.round(size.width * ratio));
  const height = Math.max(1, Math.round(size.height * ratio));
  const image = new ImageData(width, height);
  const target = { words: new Uint32Array(image.data.buffer), width, height };
  const pixels = { ...view, sx: view.sx * ratio, sy: view.sy * ratio };
  const colours = palette.ramp(scale);
  for (const piece of pieces) raster(target, pixels, bounds, piece, colours);
  if (causal) {
    const [tint, stroke] = neverColours(palette);
    hatch(target, pixels, bounds, tint, stroke);
  }
  context.putImageData(image, Math.round(gutter.left * ratio), Math.round(gutter.top * ratio));
  paintLines(context, scene);
  paintLabels(context, scene);
}

/** A little of the ink on the ground. */
function neverColours(palette: Palette): [number, number] {
  const ground = palette.ramp("root")[0] as number;
  const mix = (much: number) => {
    const towards = palette.dark ? 255 : 0;
    let word = 0xff000000;
    for (const shift of [0, 8, 16]) {
      const part = (ground >> shift) & 255;
      word |= Math.round(part + (towards - part) * much) << shift;
    }
    return word >>> 0;
  };
  return [mix(0.025), mix(0.11)];
}

function paintLines(context: CanvasRenderingContext2D, scene: Scene): void {
  const { view, size, gutter, bounds, palette } = scene;
  const right = Math.min(size.width, (bounds.columns[1] - view.x) * view.sx);
  const bottom = Math.min(size.height, (bounds.rows[1] - view.y) * view.sy);
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.strokeRect(gutter.left - 0.5, gutter.top - 0.5, right + 1, bottom + 1);
  context.globalAlpha = 0.55;
  context.beginPath();
  const { rows, columns } = rangeOf(view, bounds, size);
  for (let k = columns[0] + 1; view.sx >= RULED && k < columns[1]; k++) {
    const x = Math.round(gutter.left + (k - view.x) * view.sx) - 0.5;
    context.moveTo(x, gutter.top);
    context.lineTo(x, gutter.top + bottom);
  }
  for (let k = rows[0] + 1; view.sy >= RULED && k < rows[1]; k++) {
    const y = Math.round(gutter.top + (k - view.y) * view.sy) - 0.5;
    context.moveTo(gutter.left, y);
    context.lineTo(gutter.left + right, y);
  }
  context.stroke();
  context.globalAlpha = 1;
}

function paintLabels(context: CanvasRenderingContext2D, scene: Scene): void {
  const { view, size, gutter, bounds, palette, corner } = scene;
  const { rows, columns } = rangeOf(view, bounds, size);
  context.font = font(palette);
  for (const unit of labelled(rows, view.sy)) {
    const middle = (unit + 0.5 - view.y) * view.sy;
    if (middle < 0 || middle > size.height) continue;
    context.fillStyle = scene.rows.special(unit) ? palette.muted : palette.ink;
    rowLabel(context, scene.rows.name(unit), gutter.left - 5, gutter.top + middle, gutter.left - 7);
  }
  for (const unit of labelled(columns, view.sx)) {
    const middle = (unit + 0.5 - view.x) * view.sx;
    if (middle < 0 || middle > size.width) continue;
    context.fillStyle = scene.columns.special(unit) ? palette.muted : palette.ink;
    const room = gutter.flat ? view.sx - 2 : gutter.top - 7;
    const name = scene.columns.name(unit);
    columnLabel(context, name, gutter.left + middle, gutter.top - 5, room, gutter.flat);
  }
  context.font = cornerFont(palette);
  context.fillStyle = palette.muted;
  context.textAlign = "right";
  context.textBaseline = "bottom";
  context.fillText(corner[1], gutter.left - CORNER, gutter.top - 21);
  context.fillText(corner[0], gutter.left - CORNER, gutter.top - 9);
}

export interface Marks {
  cell: Cell;
  pinned: Cell | undefined;
  /** A rectangle that is being drawn, in px of the plot. */
  box: { x: number; y: number; width: number; height: number } | undefined;
}

/** What moves with the pointer: on a canvas of its own, so that the picture stays. */
export function paintMarks(canvas: HiDpi, scene: Scene, { cell, pinned, box }: Marks): void {
  const { size, gutter, palette } = scene;
  const context = canvas.size(gutter.left + size.width + EDGE, gutter.top + size.height + EDGE);
  if (!context) return;
  context.font = font(palette);
  context.strokeStyle = palette.accent;
  context.save();
  context.beginPath();
  context.rect(gutter.left - 1, gutter.top - 1, size.width + 2, size.height + 2);
  context.clip();
  band(context, scene, cell);
  if (pinned) outline(context, scene, pinned, 2);
  outline(context, scene, cell, 1.5);
  if (box) {
    context.fillStyle = palette.accent;
    context.globalAlpha = 0.16;
    context.fillRect(gutter.left + box.x, gutter.top + box.y, box.width, box.height);
    context.globalAlpha = 1;
    context.lineWidth = 1;
    context.strokeRect(gutter.left + box.x, gutter.top + box.y, box.width, box.height);
  }
  context.restore();
  chips(context, scene, cell);
}

function place({ view, gutter }: Scene, { query, key }: Cell) {
  return {
    x: gutter.left + ((key ?? 0) - view.x) * view.sx,
    y: gutter.top + ((query ?? 0) - view.y) * view.sy,
    width: Math.max(1, view.sx),
    height: Math.max(1, view.sy),
  };
}

function band(context: CanvasRenderingContext2D, scene: Scene, cell: Cell): void {
  const { size, gutter, view, bounds, palette } = scene;
  const { x, y, width, height } = place(scene, cell);
  const right = Math.min(size.width, (bounds.columns[1] - view.x) * view.sx);
  const bottom = Math.min(size.height, (bounds.rows[1] - view.y) * view.sy);
  context.fillStyle = palette.accent;
  context.globalAlpha = 0.14;
  if (cell.query !== null) context.fillRect(gutter.left, y, right, height);
  if (cell.key !== null) context.fillRect(x, gutter.top, width, bottom);
  context.globalAlpha = 1;
}

function outline(context: CanvasRenderingContext2D, scene: Scene, cell: Cell, line: number): void {
  if (cell.query === null || cell.key === null) return;
  const { x, y, width, height } = place(scene, cell);
  // A cell of a few px still has to be found.
  const grow = Math.max(0, 6 - Math.min(width, height)) / 2;
  context.lineWidth = line;
  context.strokeRect(x - grow, y - grow, width + 2 * grow, height + 2 * grow);
}

/** The labels of the cell, over those of its neighbours. */
function chips(context: CanvasRenderingContext2D, scene: Scene, { query, key }: Cell): void {
  const { view, size, gutter, palette, rows, columns } = scene;
  const chip = (x: number, y: number, width: number, height: number) => {
    context.fillStyle = palette.accent;
    context.fillRect(x, y, width, height);
    context.fillStyle = palette.ground;
  };
  const y = query === null ? -1 : (query + 0.5 - view.y) * view.sy;
  if (query !== null && y >= 0 && y <= size.height) {
    const high = PITCH + 3;
    chip(0, gutter.top + y - high / 2, gutter.left - 2, high);
    rowLabel(context, rows.name(query), gutter.left - 5, gutter.top + y, gutter.left - 7);
  }
  const x = key === null ? -1 : (key + 0.5 - view.x) * view.sx;
  if (key !== null && x >= 0 && x <= size.width) {
    const wide = gutter.flat ? view.sx : PITCH + 3;
    const room = gutter.flat ? view.sx - 2 : gutter.top - 7;
    chip(gutter.left + x - wide / 2, 0, wide, gutter.top - 2);
    columnLabel(context, columns.name(key), gutter.left + x, gutter.top - 5, room, gutter.flat);
  }
}
