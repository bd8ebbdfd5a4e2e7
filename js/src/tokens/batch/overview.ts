import { h } from "../../shared/dom.ts";
import type { Session } from "./session.ts";

/** Height of a row and of all, at most (px). */
const LINE = 4;
const MOST = 160;

/** The whole batch at a glance: a thin line for every row. A click leads to the row. */
export function overview({ memory }: Session, goTo: (row: number) => void) {
  let range = [0, 0] as [first: number, last: number];
  const canvas = h("canvas", {
    class: "tok-b-overview",
    "aria-hidden": true,
    onclick: ({ offsetY }: MouseEvent) => {
      goTo(Math.floor((offsetY / canvas.clientHeight) * (memory.whole?.total ?? 0)));
    },
    // The colours have a transition of an instant: its end tells that the theme has changed.
    ontransitionend: draw,
  });

  function draw(): void {
    const { overview = [], total = 0 } = memory.whole ?? {};
    const rows = overview.length / 4;
    const height = Math.min(MOST, rows * LINE);
    canvas.hidden = rows < 2;
    canvas.style.height = `${height}px`;
    const width = canvas.clientWidth;
    const context = canvas.getContext?.("2d");
    if (!context || width === 0) return;
    const scale = globalThis.devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = height * scale;
    context.scale(scale, scale);
    const { color, borderTopColor, outlineColor, caretColor } = getComputedStyle(canvas);
    const colours = [borderTopColor, color, borderTopColor, outlineColor];
    const parts = Array.from({ length: rows }, (_, row) => overview.slice(row * 4, row * 4 + 4));
    const longest = Math.max(1, ...parts.map((row) => row.reduce((sum, part) => sum + part)));
    const thick = height / rows;
    parts.forEach((row, k) => {
      let x = 0;
      row.forEach((part, kind) => {
        context.fillStyle = colours[kind] ?? color;
        const long = (part / longest) * width;
        const y = k * thick;
        const high = Math.max(0.5, thick - (thick > 2 ? 1 : 0));
        if (kind < 3) context.fillRect(x, y, long, high);
        // What is cut off is not part of the batch: dashes.
        else for (let dash = 0; dash < long; dash += 4) context.fillRect(x + dash, y, 2, high);
        x += long;
      });
    });
    const [first, last] = range;
    if (last - first + 1 >= total) return;
    context.strokeStyle = caretColor;
    const share = height / total;
    context.strokeRect(0.5, first * share + 0.5, width - 1, (last - first + 1) * share - 1);
  }

  return {
    element: canvas,
    draw,
    /** Frames the rows that are on screen. */
    frame(first: number, last: number): void {
      if (range[0] === first && range[1] === last) return;
      range = [first, last];
      draw();
    },
  };
}
