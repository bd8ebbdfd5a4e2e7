import { hiDpi, frame as once } from "../canvas.ts";
import { fill, h } from "../dom.ts";
import { onTheme } from "../on-theme.ts";
import { visible } from "../text.ts";
import { type Frame, frameOf, valuesOf } from "./geometry.ts";
import { gestures } from "./gestures.ts";
import { legend, swatch } from "./legend.ts";
import { short, tickTexts } from "./numbers.ts";
import { paintAxes, paintMarkers, paintSeries } from "./paint.ts";
import { type Palette, paletteOf } from "./palette.ts";
import { type Drawn, markersAt, neighbour, readingAt, type Value } from "./reading.ts";
import { logTicks, ticks } from "./ticks.ts";
import type { Chart, ChartOptions } from "./types.ts";
import "./chart.css";

const HEIGHT = 200;
const TOP = 12;
const BOTTOM = 20;
const RIGHT = 6;
/** px that the numbers of an axis have at least; the drawing moves in steps of `SNAP` only. */
const LEAST_LEFT = 36;
const SNAP = 8;
/** px around a marker where the pointer is at it. */
const REACH = 6;

/** Curves over the steps of a training, on a canvas: see `ChartOptions`. */
export function chart(given: ChartOptions): Chart {
  const options = { height: HEIGHT, log: false, ...given };
  const { zoom, language, words, guard } = options;
  const off = new Set<string>();
  const base = hiDpi({ "aria-hidden": true });
  const over = hiDpi({ "aria-hidden": true });
  const tip = h("div", { class: "tfw-chart-tip", hidden: true });
  const empty = h("p", { class: "tfw-chart-empty" }, words.empty);
  const live = h("span", { class: "tfw-chart-live", "aria-live": "polite" });
  const stage = h(
    "div",
    { class: "tfw-chart-stage", role: "img", tabindex: 0 },
    base.element,
    over.element,
    empty,
    tip,
  );
  const caption = h("span", { class: "tfw-chart-title" });
  const keys = legend(off, guard(update));
  const element = h(
    "figure",
    { class: "tfw-chart" },
    h("figcaption", { class: "tfw-chart-head" }, caption, keys.element),
    stage,
    live,
  );
  const text = options.format ?? ((value: number) => short(value, language));

  let palette: Palette | undefined;
  let drawn: Drawn[] = [];
  let frame: Frame | undefined;
  let left = LEAST_LEFT;
  let width = 0;
  let seen = true;
  let stale = true;
  /** Whether the pointer or the keys are at this chart: it says the values. */
  let here = false;
  let dragged: [number, number] | undefined;

  const painting = once(guard(paint));
  const pointing = once(guard(paintOver));

  function update(): void {
    stale = true;
    if (seen && width > 0) painting.ask();
  }

  function paint(): void {
    stale = false;
    const { height, series, log } = options;
    drawn = [];
    for (const one of series) {
      const curve = off.has(one.name) ? undefined : one.curve();
      if (curve && curve.x.length > 0) drawn.push({ series: one, curve });
    }
    empty.hidden = drawn.length > 0 || off.size > 0;
    palette ??= paletteOf(stage);
    const ink = base.size(width, height);
    const range = zoom.range;
    const values = valuesOf(
      drawn.map(({ series: { style }, curve }) => ({ style, curve })),
      range,
      log,
    );
    const wanted = Math.max(3, Math.floor((height - TOP - BOTTOM) / 40));
    const numbers = log ? logTicks(...values, wanted) : ticks(...values, wanted);
    const texts = options.format ? numbers.map(options.format) : tickTexts(numbers, language);
    if (ink) {
      ink.font = palette.font;
      const widest = Math.max(0, ...texts.map((one) => ink.measureText(one).width));
      left = Math.max(LEAST_LEFT, Math.ceil((widest + 10) / SNAP) * SNAP);
    }
    frame = frameOf(
      { left, top: TOP, right: width - RIGHT, bottom: height - BOTTOM },
      range,
      values,
      log,
    );
    if (ink && drawn.length > 0) {
      const steps = ticks(...range, Math.max(3, Math.floor(width / 85))).filter(Number.isInteger);
      const names = tickTexts(steps, language);
      paintAxes(
        ink,
        frame,
        palette,
        steps.map((at, k) => ({ at, text: names[k] ?? "" })),
        numbers.map((at, k) => ({ at, text: texts[k] ?? "" })),
      );
      paintMarkers(ink, frame, palette, options.markers?.() ?? []);
      for (const { series: one, curve } of drawn) paintSeries(ink, frame, palette, one, curve);
    }
    describe();
    paintOver();
  }

  /** Crosshair, values at it, and the part that is being chosen. */
  function paintOver(): void {
    const ink = over.size(width, options.height);
    const { cursor } = zoom;
    const reading =
      frame && cursor !== undefined ? readingAt(drawn, cursor, reach(frame, 12)) : undefined;
    tip.hidden = !here || !reading;
    if (!ink || !frame || !palette) {
      if (reading && here && frame) showTip(frame, reading.step, reading.values);
      return;
    }
    const { box } = frame;
    if (dragged) {
      const [from, to] = dragged.map((step) => frame?.toX(step) ?? 0) as [number, number];
      ink.fillStyle = palette.accent;
      ink.globalAlpha = 0.15;
      ink.fillRect(from, box.top, to - from, box.bottom - box.top);
      ink.globalAlpha = 1;
    }
    if (!reading) return;
    const x = Math.round(frame.toX(reading.step)) + 0.5;
    if (x < box.left - 1 || x > box.right + 1) {
      tip.hidden = true;
      return;
    }
    ink.strokeStyle = palette.muted;
    ink.lineWidth = 1;
    ink.beginPath();
    ink.moveTo(x, box.top);
    ink.lineTo(x, box.bottom);
    ink.stroke();
    for (const { series, at, mean } of reading.values) {
      const y = frame.toY(mean);
      if (!(y >= box.top - 2 && y <= box.bottom + 2)) continue;
      ink.fillStyle = palette.series[series.colour] as string;
      ink.strokeStyle = palette.ground;
      ink.lineWidth = 1.5;
      ink.beginPath();
      ink.arc(frame.toX(at), y, 4, 0, 2 * Math.PI);
      ink.fill();
      ink.stroke();
    }
    if (here) showTip(frame, reading.step, reading.values);
  }

  function showTip(at: Frame, step: number, values: Value[]): void {
    const near = markersAt(options.markers?.() ?? [], zoom.cursor ?? step, reach(at, REACH));
    fill(
      tip,
      h("div", { class: "tfw-chart-step" }, `${words.step} ${short(step, language, 9)}`),
      ...values.map((value) =>
        h(
          "div",
          { class: "tfw-chart-value" },
          swatch(value.series),
          h("span", {}, visible(value.series.label)),
          h("b", {}, text(value.mean)),
          value.low !== undefined &&
            h("span", { class: "tfw-muted" }, `${text(value.low)} … ${text(value.high ?? 0)}`),
        ),
      ),
      ...near
        .slice(-4)
        .map(({ label, kind }) =>
          h("div", { class: "tfw-chart-event", "data-kind": kind }, visible(label)),
        ),
    );
    const x = at.toX(step);
    const right = x < width / 2;
    tip.style.insetInlineStart = right ? `${x + 10}px` : "auto";
    tip.style.insetInlineEnd = right ? "auto" : `${width - x + 10}px`;
  }

  /** So many px, in steps. */
  function reach({ box, x }: Frame, pixels: number): number {
    return (pixels * (x[1] - x[0])) / Math.max(1, box.right - box.left);
  }

  /** What those hear who do not see it: the last values. */
  function describe(): void {
    const last = drawn.map(({ series, curve }) => {
      const value = curve.mean.at(-1) as number;
      return `${visible(series.label)} ${text(value)}`;
    });
    const said = [options.title, ...(last.length ? last : [words.empty]), words.keys].join(". ");
    if (stage.getAttribute("aria-label") !== said) stage.setAttribute("aria-label", said);
  }

  function point(step: number | undefined, spoken = false): void {
    here = step !== undefined;
    zoom.point(step);
    pointing.ask();
    if (!spoken || step === undefined) return;
    const reading = frame && readingAt(drawn, step, reach(frame, 12));
    if (!reading) return;
    const values = reading.values.map(({ series, mean }) => `${series.label} ${text(mean)}`);
    const near = frame ? markersAt(options.markers?.() ?? [], step, reach(frame, REACH)) : [];
    live.textContent = [
      `${words.step} ${short(reading.step, language, 9)}`,
      ...values,
      ...near.map(({ label }) => label),
    ].join(", ");
  }

  const stop = gestures(stage, zoom, {
    guard,
    stepAt: (x) => frame?.toStep(x) ?? 0,
    next: (by) => {
      const [first, last] = zoom.range;
      const from = zoom.cursor ?? (by > 0 ? first : last);
      const found = neighbour(drawn, from, zoom.cursor === undefined ? 0 : by);
      return found === undefined ? undefined : Math.min(Math.max(found, first), last);
    },
    point,
    drag(range) {
      dragged = range;
      pointing.ask();
    },
  });
  const measure = () => {
    const now = stage.clientWidth;
    if (now === width) return;
    width = now;
    update();
  };
  const sizes = new ResizeObserver(guard(measure));
  sizes.observe(stage);
  const sights = new IntersectionObserver(
    guard((entries: IntersectionObserverEntry[]) => {
      seen = entries.at(-1)?.isIntersecting ?? true;
      if (seen && stale) update();
    }),
    { rootMargin: "200px" },
  );
  sights.observe(stage);
  const forget = [
    zoom.on((what) => (what === "range" ? update() : pointing.ask())),
    onTheme(() => {
      palette = undefined;
      update();
    }),
  ];

  function apply(): void {
    caption.textContent = options.title;
    stage.style.height = `${options.height}px`;
    keys.show(options.series);
    describe();
    update();
  }

  apply();
  return {
    element,
    update() {
      measure();
      update();
    },
    set(changed) {
      Object.assign(options, changed);
      apply();
    },
    dispose() {
      painting.stop();
      pointing.stop();
      stop();
      sizes.disconnect();
      sights.disconnect();
      for (const one of forget) one();
    },
  };
}
