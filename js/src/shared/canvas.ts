import { h, type Props } from "./dom.ts";

/** A canvas with as many pixels as the screen has, drawn in CSS pixels. */
export function hiDpi(props: Props = {}) {
  const element = h("canvas", props);
  const context = element.getContext("2d");
  let ratio = 1;
  return {
    element,
    context,
    /** Device pixels of a CSS pixel, when it was last sized. */
    get ratio() {
      return ratio;
    },
    /** Sizes and clears it; nothing can be drawn where there is no context. */
    size(width: number, height: number): CanvasRenderingContext2D | null {
      ratio = Math.min(3, globalThis.devicePixelRatio || 1);
      const across = Math.max(1, Math.round(width * ratio));
      const down = Math.max(1, Math.round(height * ratio));
      if (element.width !== across || element.height !== down) {
        element.width = across;
        element.height = down;
        element.style.width = `${width}px`;
        element.style.height = `${height}px`;
      }
      context?.setTransform(ratio, 0, 0, ratio, 0, 0);
      context?.clearRect(0, 0, width, height);
      return context;
    },
  };
}

/** Calls `act` once before the next frame, however often it is asked to. */
export function frame(act: () => void) {
  let waiting = 0;
  return {
    ask(): void {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0;
        act();
      });
    },
    stop(): void {
      cancelAnimationFrame(waiting);
      waiting = 0;
    },
  };
}

/** The text, or what of it has room, with an ellipsis. */
export function clip(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  const characters = [...text];
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const part = `${characters.slice(0, middle).join("")}…`;
    if (context.measureText(part).width <= room) low = middle;
    else high = middle - 1;
  }
  return low > 0 ? `${characters.slice(0, low).join("")}…` : "";
}
