import type { Scale } from "./session.ts";

/** Colours of the page, as a canvas needs them. */
export interface Palette {
  dark: boolean;
  ground: string;
  ink: string;
  muted: string;
  line: string;
  accent: string;
  error: string;
  /** What cannot be attended to: between the ground and a weight of nothing. */
  never: string;
  font: string;
  /** Colours of the bytes of a picture (see `NAN`), as an ImageData's words have them. */
  ramp(scale: Scale): Uint32Array;
}

type Triple = [number, number, number];

// From the ground on, in OKLab: lightness goes one way only, so that more is always more.
const LIGHT: Triple[] = [
  [0.85, -0.025, -0.065],
  [0.66, -0.035, -0.135],
  [0.48, -0.02, -0.165],
  [0.3, 0.005, -0.115],
  [0.2, 0.01, -0.07],
];
const DARK: Triple[] = [
  [0.34, -0.01, -0.09],
  [0.5, -0.025, -0.14],
  [0.67, -0.045, -0.12],
  [0.84, -0.04, -0.065],
  [0.97, -0.01, -0.015],
];
/** Powers of ten that the scale "log" shows. */
const DECADES = 4;

/** How far along the ramp a byte of a picture lies: 0 to 1. */
export function share(value: number, scale: Scale): number {
  const root = Math.min(value, 254) / 254;
  if (scale === "root") return root;
  if (scale === "linear") return root * root;
  return root === 0 ? 0 : Math.max(0, 1 + (2 * Math.log10(root)) / DECADES);
}

/** The byte that a weight has in a picture. */
export function byteOf(weight: number): number {
  return Number.isNaN(weight) ? 255 : Math.round(254 * Math.sqrt(Math.max(0, Math.min(1, weight))));
}

export function weightOf(byte: number): number {
  return byte === 255 ? Number.NaN : (byte / 254) ** 2;
}

export function palette(element: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const read = (value: string, otherwise: string) => {
    probe.style.color = value;
    return getComputedStyle(probe).color || otherwise;
  };
  const ground = read("var(--tfw-bg)", "#ffffff");
  const ink = read("var(--tfw-fg)", "#000000");
  const paper = rgb(ground) ?? [255, 255, 255];
  const error = read("var(--tfw-error)", "#b3261e");
  const dark = oklab(paper)[0] < 0.6;
  const ramps = new Map<Scale, Uint32Array>();
  const found: Palette = {
    dark,
    ground,
    ink,
    muted: read("var(--tfw-muted)", "#666666"),
    line: read("var(--tfw-line)", "#dddddd"),
    accent: read("var(--tfw-accent)", "#1567c4"),
    error,
    never: read("color-mix(in srgb, var(--tfw-fg) 6%, var(--tfw-bg))", "#f2f2f2"),
    font: getComputedStyle(element).fontFamily || "sans-serif",
    ramp(scale) {
      const known = ramps.get(scale);
      if (known) return known;
      const made = ramp(paper, dark ? DARK : LIGHT, scale, rgb(error) ?? [179, 38, 30]);
      ramps.set(scale, made);
      return made;
    },
  };
  probe.remove();
  return found;
}

/** 256 colours: those of weights, and one for what is no number. */
export function ramp(ground: Triple, stops: Triple[], scale: Scale, error: Triple): Uint32Array {
  const path = [oklab(ground), ...stops];
  const colours = new Uint32Array(256);
  for (let value = 0; value < 255; value++) {
    const at = share(value, scale) * (path.length - 1);
    const k = Math.min(path.length - 2, Math.floor(at));
    const from = path[k] as Triple;
    const to = path[k + 1] as Triple;
    colours[value] = word(
      fromOklab(from.map((x, j) => x + ((to[j] ?? x) - x) * (at - k)) as Triple),
    );
  }
  colours[0] = word(ground);
  colours[255] = word(error);
  return colours;
}

/** A colour of a ramp for CSS and for strokes. */
export function css(colour: number | undefined): string {
  const bits = colour ?? 0;
  return `rgb(${bits & 255} ${(bits >> 8) & 255} ${(bits >> 16) & 255})`;
}

/** An ImageData's word of an opaque colour, on little-endian machines: all that browsers run on. */
function word([red, green, blue]: Triple): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

let brush: CanvasRenderingContext2D | null | undefined;

/** What a colour in any notation of CSS is on a screen. */
function rgb(colour: string): Triple | undefined {
  const plain = /^rgba?\((\d+), (\d+), (\d+)\)$/.exec(colour);
  if (plain) return [Number(plain[1]), Number(plain[2]), Number(plain[3])];
  brush ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!brush) return undefined;
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = brush.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

// Björn Ottosson, "A perceptual color space for image processing" (2020).

function oklab(colour: Triple): Triple {
  const [r, g, b] = colour.map((x) => {
    const c = x / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as Triple;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((x) => {
    const c = x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.max(0, Math.min(1, c)));
  }) as Triple;
}
