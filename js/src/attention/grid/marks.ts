import type { StatName } from "../model.ts";

/** Where a statistic is that large, a head has a mark. */
export const MARKS: Partial<Record<StatName, number>> = {
  previous: 0.5,
  next: 0.5,
  self: 0.5,
  first: 0.6,
  duplicate: 0.3,
  induction: 0.3,
};

/** The clearest mark of a head: how far a statistic is above what it takes. */
export function markOf(value: (name: StatName) => number | undefined): StatName | undefined {
  let best: StatName | undefined;
  let most = 1;
  for (const [name, least] of Object.entries(MARKS) as [StatName, number][]) {
    const times = (value(name) ?? 0) / least;
    if (times < most) continue;
    best = name;
    most = times;
  }
  return best;
}

/** Strokes of the marks in a square from -1 to 1: any font may lack such signs. */
const STROKES: Partial<Record<StatName, number[][]>> = {
  previous: [
    [0.7, 0, -0.7, 0],
    [-0.1, -0.6, -0.7, 0, -0.1, 0.6],
  ],
  next: [
    [-0.7, 0, 0.7, 0],
    [0.1, -0.6, 0.7, 0, 0.1, 0.6],
  ],
  first: [
    [-0.7, -0.7, -0.7, 0.7],
    [0.7, 0, -0.4, 0],
    [0.1, -0.5, -0.4, 0, 0.1, 0.5],
  ],
  duplicate: [
    [-0.6, -0.3, 0.6, -0.3],
    [-0.6, 0.3, 0.6, 0.3],
  ],
  induction: [
    [0.65, 0.75, 0.65, -0.1, 0.3, -0.55, -0.3, -0.55, -0.65, -0.1, -0.65, 0.6],
    [-1, 0.2, -0.65, 0.7, -0.25, 0.2],
  ],
  self: [[-0.15, 0, 0.15, 0]],
};

export function drawMark(
  context: CanvasRenderingContext2D,
  name: StatName,
  x: number,
  y: number,
  size: number,
  ink: string,
  ground: string,
): void {
  context.save();
  context.fillStyle = ground;
  context.beginPath();
  context.arc(x, y, size, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = ink;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.lineWidth = name === "self" ? 0.55 * size : 1.3;
  context.beginPath();
  for (const line of STROKES[name] ?? []) {
    for (let k = 0; k < line.length; k += 2) {
      const at = [x + 0.78 * size * (line[k] as number), y + 0.78 * size * (line[k + 1] as number)];
      if (k === 0) context.moveTo(at[0] as number, at[1] as number);
      else context.lineTo(at[0] as number, at[1] as number);
    }
  }
  context.stroke();
  context.restore();
}
