import type { Chart, ChartOptions } from "../shared/chart/types.ts";
import type { Language } from "../shared/i18n.ts";
import type { Channel } from "../shared/protocol.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** A tab: what it shows, and the part of the widget that can draw it. */
export const PANELS = {
  layers: "layers",
  samples: "examples",
  confusion: "examples",
  hardest: "examples",
  embeddings: "more",
  memory: "more",
  log: "more",
} as const;
export type PanelName = keyof typeof PANELS;

/** What a panel gets to live in. */
export interface PanelContext {
  /** Which of its panels a part shall draw. */
  name: PanelName;
  /** Empty, and the panel's own. What it costs, its switch and why it is missing stand above it. */
  el: HTMLElement;
  session: Session;
  channel: Channel;
  /** The words of the main bundle. The parts' own are in `dashboard-panels.json`. */
  t: Words;
  language: Language;
  /** Makes a chart that goes along with all others, so that no part repeats the code. */
  chart(
    options: Pick<ChartOptions, "title" | "series"> & Partial<Omit<ChartOptions, "zoom" | "guard">>,
  ): Chart;
  /** Wraps a callback, so that what it throws becomes a message in the widget. */
  guard<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
}

/** A panel lives as long as the view in one language. */
export interface Panel {
  /**
   * Something came: its payload (`session.panels[name]`), curves, status or the log. Only called
   * while it is shown, and at most once a frame.
   */
  update(): void;
  dispose(): void;
}

/** The default export of `<part>/part.ts`. It draws at once what the session has. */
export type MountPanel = (context: PanelContext) => Panel;
