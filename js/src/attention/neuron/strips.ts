export type Rgb = [red: number, green: number, blue: number];

export interface SignColours {
  plus: Rgb;
  minus: Rgb;
  nan: Rgb;
}

/** Signed values as pixels: colour says the sign, opacity how far from 0. */
export function pixels(
  values: Float32Array,
  most: number,
  colours: SignColours,
  data = new Uint8ClampedArray(4 * values.length),
): Uint8ClampedArray {
  for (let k = 0; k < values.length; k++) {
    const value = values[k] ?? 0;
    const lost = Number.isNaN(value);
    const [red, green, blue] = lost ? colours.nan : value < 0 ? colours.minus : colours.plus;
    const part = lost ? 1 : most > 0 ? Math.min(1, Math.abs(value) / most) : 0;
    data.set([red, green, blue, Math.round(255 * part)], 4 * k);
  }
  return data;
}

/** A picture of `width` values a row, to be drawn large. */
export function strip(
  values: Float32Array,
  width: number,
  most: number,
  colours: SignColours,
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, Math.ceil(values.length / Math.max(1, width)));
  const context = canvas.getContext("2d");
  if (!context || values.length === 0) return canvas;
  const image = context.createImageData(canvas.width, canvas.height);
  pixels(values, most, colours, image.data);
  context.putImageData(image, 0, 0);
  return canvas;
}

export function rgbOf(element: HTMLElement): Rgb {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!brush) return [0, 0, 0];
  brush.fillStyle = getComputedStyle(element).color;
  brush.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = brush.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
