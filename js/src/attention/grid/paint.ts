import type { hiDpi } from "../../shared/canvas.ts";
import type { Palette } from "../colours.ts";
import type { Pane, StatName } from "../model.ts";
import type { Scale } from "../session.ts";
import { type Arrangement, boxOf, onScreen, type Place } from "./arrange.ts";
import { drawMark } from "./marks.ts";
import type { Thumb } from "./thumbs.ts";

export interface Scene {
  grid: Arrangement;
  pane: Pane;
  palette: Palette;
  scale: Scale;
  thumbs: Map<number, Thumb>;
  chosen: (place: Place) => boolean;
  active: number | undefined;
  hovered: number | undefined;
  markOf: (place: Place) => StatName | undefined;
}

/** Thumbnails of a layer side by side, coloured. */
export class Sheets {
  #sheets = new Map<number, { canvas: HTMLCanvasElement; of: Thumb; look: string }>();

  get(layer: number, thumb: Thumb, heads: number, palette: Palette, scale: Scale) {
    const look = `${scale} ${palette.ground} ${palette.dark}`;
    const known = this.#sheets.get(layer);
    if (known?.of === thumb && known.look === look) return known.canvas;
    const { width, height, cells } = thumb.picture;
    const canvas = known?.canvas ?? document.createElement("canvas");
    canvas.width = Math.max(1, width * heads);
    canvas.height = Math.max(1, height);
    const context = canvas.getContext("2d");
    if (!context || width * height === 0) return canvas;
    const image = new ImageData(width * heads, height);
    const words = new Uint32Array(image.data.buffer);
    const colours = palette.ramp(scale);
    for (let head = 0; head < heads; head++) {
      let at = (thumb.first + head) * width * height;
      for (let y = 0; y < height; y++) {
        const line = y * width * heads + head * width;
        for (let x = 0; x < width; x++) words[line + x] = colours[cells[at++] ?? 0] as number;
      }
    }
    context.putImageData(image, 0, 0);
    this.#sheets.set(layer, { canvas, of: thumb, look });
    return canvas;
  }
}

export function paintGrid(
  canvas: ReturnType<typeof hiDpi>,
  sheets: Sheets,
  scene: Scene,
  screen: { width: number; height: number; left: number; top: number },
): void {
  const context = canvas.size(screen.width, screen.height);
  if (!context) return;
  const { grid, palette } = scene;
  context.save();
  context.translate(-screen.left, -screen.top);
  const [from, to] = onScreen(grid, screen.top, screen.height);
  for (let index = from; index < to; index++) {
    const place = grid.places[index];
    if (place) paintHead(context, sheets, scene, index, place);
  }
  context.restore();
  if (!grid.ranked) paintNames(context, scene, screen);
  else if (screen.top > 0) {
    context.fillStyle = palette.line;
    context.fillRect(0, 0, screen.width, 1);
  }
}

function paintHead(
  context: CanvasRenderingContext2D,
  sheets: Sheets,
  scene: Scene,
  index: number,
  place: Place,
): void {
  const { grid, pane, palette, scale } = scene;
  const { side, rise } = grid;
  const { x, y } = boxOf(grid, index);
  const thumb = scene.thumbs.get(place.layer);
  context.fillStyle = thumb ? palette.ground : palette.never;
  context.fillRect(x, y, side, rise);
  if (thumb) {
    const { width, height } = thumb.picture;
    const sheet = sheets.get(place.layer, thumb, pane.heads[place.layer] ?? 0, palette, scale);
    // More queries than keys: as narrow as they are, but a line stays visible.
    const across = Math.max(6, side * Math.min(1, width / Math.max(1, height)));
    context.imageSmoothingEnabled = Math.max(width, height) > side;
    context.imageSmoothingQuality = "high";
    context.drawImage(sheet, place.head * width, 0, width, height, x, y, across, rise);
  }
  const edge = (colour: string, line: number) => outline(context, colour, x, y, side, rise, line);
  edge(palette.line, 1);
  const mark = side >= 20 && rise >= 14 ? scene.markOf(place) : undefined;
  if (mark) {
    const size = Math.max(5, Math.min(7, rise / 6));
    drawMark(context, mark, x + side - size - 1, y + size + 1, size, palette.ink, palette.ground);
  }
  if (index === scene.hovered) edge(palette.ink, 1);
  if (scene.chosen(place)) edge(palette.accent, 3);
  if (index === scene.active) {
    context.setLineDash([3, 2]);
    edge(palette.ink, 1.5);
    context.setLineDash([]);
  }
  if (grid.ranked) {
    context.font = `10px ${palette.font}`;
    context.fillStyle = palette.muted;
    context.textAlign = "center";
    context.textBaseline = "top";
    const name = `${pane.layers[place.layer] ?? place.layer}·${place.head}`;
    context.fillText(name, x + side / 2, y + rise + 2);
  }
}

function outline(
  context: CanvasRenderingContext2D,
  colour: string,
  x: number,
  y: number,
  side: number,
  rise: number,
  line: number,
): void {
  const out = line / 2 - 0.5;
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.strokeRect(x - out + 0.5, y - out + 0.5, side - 1 + 2 * out, rise - 1 + 2 * out);
}

/** Names of layers and heads; they stay when the thumbnails are scrolled. */
function paintNames(
  context: CanvasRenderingContext2D,
  { grid, pane, palette }: Scene,
  screen: { width: number; height: number; left: number; top: number },
): void {
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, screen.width, grid.top - 1);
  context.fillRect(0, 0, grid.left - 2, screen.height);
  context.font = `10px ${palette.font}`;
  context.fillStyle = palette.muted;
  context.textBaseline = "middle";
  context.textAlign = "center";
  const wide = grid.columns > 1;
  for (let head = 0; wide && head < grid.columns; head++) {
    const { x } = boxOf(grid, head);
    const middle = x - screen.left + grid.side / 2;
    if (middle < grid.left) continue;
    const narrow = grid.side < 22;
    if (!narrow || head % 2 === 0) {
      context.fillText(narrow ? String(head) : `H${head}`, middle, grid.top / 2);
    }
  }
  context.textAlign = "right";
  for (let layer = 0; layer < pane.heads.length; layer++) {
    const { y } = boxOf(grid, layer * grid.columns);
    const middle = y - screen.top + grid.rise / 2;
    if (middle < grid.top - 2 || middle > screen.height) continue;
    context.fillText(`L${pane.layers[layer] ?? layer}`, grid.left - 6, middle);
  }
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, grid.left - 2, grid.top - 1);
}
