import { binsIn, type Frame } from "./geometry.ts";
import type { Palette } from "./palette.ts";
import type { Curve, Marker, Series } from "./types.ts";

type Ink = CanvasRenderingContext2D;

const FULL = 2 * Math.PI;
const WEIGHT: Record<Marker["kind"], number> = { command: 0, warning: 1, error: 2 };

/** Grid, numbers and their lines; numbers that would touch are left out. */
export function paintAxes(
  ink: Ink,
  { box, toX, toY }: Frame,
  { line, muted, font }: Palette,
  across: { at: number; text: string }[],
  up: { at: number; text: string }[],
): void {
  ink.font = font;
  ink.lineWidth = 1;
  ink.strokeStyle = line;
  ink.fillStyle = muted;
  ink.textBaseline = "middle";
  ink.textAlign = "right";
  ink.beginPath();
  for (const { at, text } of up) {
    const y = Math.round(toY(at)) + 0.5;
    ink.moveTo(box.left, y);
    ink.lineTo(box.right, y);
    ink.fillText(text, box.left - 6, y);
  }
  ink.stroke();
  ink.textBaseline = "alphabetic";
  ink.textAlign = "center";
  let free = Number.NEGATIVE_INFINITY;
  for (const { at, text } of across) {
    const half = ink.measureText(text).width / 2;
    const x = Math.min(Math.max(toX(at), box.left + half), box.right - half);
    if (x - half < free) continue;
    free = x + half + 8;
    ink.fillText(text, x, box.bottom + 15);
  }
}

export function paintMarkers(ink: Ink, frame: Frame, palette: Palette, markers: Marker[]): void {
  const { box, toX, x } = frame;
  // What is at one place is drawn once; what went wrong goes before what was done.
  const places = new Map<number, Marker["kind"]>();
  for (const { step, kind } of markers) {
    if (step < x[0] || step > x[1]) continue;
    const at = Math.round(toX(step)) + 0.5;
    const known = places.get(at);
    if (!known || WEIGHT[kind] > WEIGHT[known]) places.set(at, kind);
  }
  for (const [at, kind] of places) {
    ink.strokeStyle = kind === "command" ? palette.muted : palette[kind];
    ink.fillStyle = ink.strokeStyle;
    ink.lineWidth = 1;
    ink.globalAlpha = kind === "command" ? 0.45 : 0.75;
    ink.setLineDash([3, 3]);
    ink.beginPath();
    ink.moveTo(at, box.top);
    ink.lineTo(at, box.bottom);
    ink.stroke();
    ink.setLineDash([]);
    ink.globalAlpha = 1;
    ink.beginPath();
    if (kind === "command") {
      ink.moveTo(at - 4, box.top - 5);
      ink.lineTo(at + 4, box.top - 5);
      ink.lineTo(at, box.top + 1);
    } else {
      ink.moveTo(at, box.top - 7);
      ink.lineTo(at + 4.5, box.top + 1);
      ink.lineTo(at - 4.5, box.top + 1);
    }
    ink.fill();
  }
}

export function paintSeries(
  ink: Ink,
  frame: Frame,
  palette: Palette,
  { colour, style, dashed }: Series,
  curve: Curve,
): void {
  const [from, to] = binsIn(curve, frame.x);
  if (from >= to) return;
  ink.save();
  const { box } = frame;
  ink.beginPath();
  ink.rect(box.left, box.top - 3, box.right - box.left + 4, box.bottom - box.top + 4);
  ink.clip();
  ink.strokeStyle = palette.series[colour % palette.series.length] as string;
  ink.fillStyle = ink.strokeStyle;
  ink.lineJoin = "round";
  if (style === "points") paintPoints(ink, frame, palette, curve, from, to);
  else {
    const faint = style === "faint";
    if (curve.width > 1) {
      ink.globalAlpha = faint ? 0.18 : 0.16;
      paintBand(ink, frame, curve, from, to);
    }
    ink.globalAlpha = faint ? 0.32 : 1;
    ink.lineWidth = faint ? 1 : 2;
    if (dashed) ink.setLineDash([5, 4]);
    paintLine(ink, frame, curve, from, to);
    ink.setLineDash([]);
    if (faint) paintOutside(ink, frame, curve, from, to);
  }
  ink.restore();
}

function paintLine(ink: Ink, { toX, toY }: Frame, curve: Curve, from: number, to: number): void {
  const { x, mean } = curve;
  let open = false;
  let alone = false;
  const lone: [number, number][] = [];
  let px = 0;
  let py = 0;
  ink.beginPath();
  for (let k = from; k < to; k++) {
    const y = toY(mean[k] as number);
    if (!Number.isFinite(y)) {
      if (alone) lone.push([px, py]);
      open = alone = false;
      continue;
    }
    px = toX(x[k] as number);
    py = y;
    if (open) ink.lineTo(px, py);
    else ink.moveTo(px, py);
    alone = !open;
    open = true;
  }
  if (alone) lone.push([px, py]);
  ink.stroke();
  // A value between two gaps is no line.
  for (const [cx, cy] of lone) {
    ink.beginPath();
    ink.arc(cx, cy, ink.lineWidth + 0.5, 0, FULL);
    ink.fill();
  }
}

function paintBand(ink: Ink, { toX, toY, box }: Frame, curve: Curve, from: number, to: number) {
  const { x, low, high } = curve;
  const gap = (k: number) => !(k < to) || !Number.isFinite(toY(high[k] as number));
  // On a log scale a band may reach down to 0.
  const bottom = (k: number) => {
    const y = toY(low[k] as number);
    return Number.isFinite(y) ? y : box.bottom;
  };
  let start = from;
  while (start < to) {
    if (gap(start)) {
      start++;
      continue;
    }
    ink.beginPath();
    let end = start;
    for (; !gap(end); end++) ink.lineTo(toX(x[end] as number), toY(high[end] as number));
    for (let k = end - 1; k >= start; k--) ink.lineTo(toX(x[k] as number), bottom(k));
    ink.closePath();
    ink.fill();
    start = end;
  }
}

function paintPoints(
  ink: Ink,
  frame: Frame,
  palette: Palette,
  curve: Curve,
  from: number,
  to: number,
): void {
  const { toX, toY } = frame;
  ink.lineWidth = 1.5;
  ink.globalAlpha = 0.75;
  paintLine(ink, frame, curve, from, to);
  ink.globalAlpha = 1;
  // Many of them are a line.
  if (to - from > (frame.box.right - frame.box.left) / 7) return;
  const ring = palette.ground;
  for (let k = from; k < to; k++) {
    const y = toY(curve.mean[k] as number);
    if (!Number.isFinite(y)) continue;
    ink.beginPath();
    ink.arc(toX(curve.x[k] as number), y, 4, 0, FULL);
    ink.fill();
    ink.strokeStyle = ring;
    ink.stroke();
    ink.strokeStyle = ink.fillStyle;
  }
}

/** Small triangles where values leave the drawing. */
function paintOutside(ink: Ink, frame: Frame, curve: Curve, from: number, to: number): void {
  const { box, toX, y } = frame;
  ink.globalAlpha = 0.6;
  let free = Number.NEGATIVE_INFINITY;
  for (let k = from; k < to; k++) {
    const at = toX(curve.x[k] as number);
    if (!((curve.high[k] as number) > y[1]) || at < free) continue;
    free = at + 9;
    ink.beginPath();
    ink.moveTo(at, box.top - 2);
    ink.lineTo(at + 3, box.top + 3);
    ink.lineTo(at - 3, box.top + 3);
    ink.fill();
  }
}
