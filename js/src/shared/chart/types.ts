/** What a chart is given, and what it can do; `chart.ts` draws it. */
import type { Language } from "../i18n.ts";
import type { Zoom } from "./zoom.ts";

/**
 * A curve in bins: runs of `width` neighbouring values with their least, greatest and mean.
 * With a width of 1 the three are the same array. NaN is a gap.
 */
export interface Curve {
  /** Number of the first bin, counted from the curve's beginning in bins of this width. */
  first: number;
  width: number;
  /** The step of each bin's first value. */
  x: Float64Array;
  mean: Float32Array;
  low: Float32Array;
  high: Float32Array;
}

/** "line": mean over its band; "faint": the same, as a background; "points": a dot per value. */
export type SeriesStyle = "line" | "faint" | "points";

export interface Series {
  /** Names the series among those of its chart. */
  name: string;
  label: string;
  /** Number of a colour, `--tfw-series-<n>`: 0 to 7. */
  colour: number;
  style: SeriesStyle;
  dashed?: boolean;
  /** The curve as it is now: the whole, or the finer part on screen. */
  curve(): Curve | undefined;
}

/** Something that happened at a step: a line through the chart. */
export interface Marker {
  step: number;
  label: string;
  kind: "command" | "warning" | "error";
}

/** The words of a chart. */
export interface ChartWords {
  /** While there is nothing to draw. */
  empty: string;
  /** "Step": of the axis. */
  step: string;
  /** How to use it, for those who hear it. */
  keys: string;
}

export interface ChartOptions {
  title: string;
  series: Series[];
  /** What is on screen; charts that share it go together. */
  zoom: Zoom;
  language: Language;
  words: ChartWords;
  /** px of the drawing. */
  height?: number;
  log?: boolean;
  /** Values as text, on the axis and at the crosshair; short numbers where it is missing. */
  format?: (value: number) => string;
  markers?: () => Marker[];
  guard: <Args extends unknown[]>(callback: (...args: Args) => void) => (...args: Args) => void;
}

export interface Chart {
  readonly element: HTMLElement;
  /** Data came: draw at the next frame, if it is on screen. */
  update(): void;
  /** Other series, another scale. Series that a reader switched off stay off by their names. */
  set(changed: Partial<Pick<ChartOptions, "series" | "log" | "title" | "height">>): void;
  dispose(): void;
}
