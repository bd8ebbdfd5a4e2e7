import { frame, hiDpi } from "../../shared/canvas.ts";
import { h, set } from "../../shared/dom.ts";
import { onTheme } from "../../shared/on-theme.ts";
import { palette } from "../colours.ts";
import type { Context } from "../context.ts";
import type { Cell, Range } from "../session.ts";
import { cellAt, clamp, fitted, LARGEST, rangeOf, reveal, sameRange, zoom } from "./geometry.ts";
import { gutter, Labels } from "./labels.ts";
import type { Loader } from "./loader.ts";
import {
  cornerWidth,
  EDGE,
  font,
  type Marks,
  paintMarks,
  paintPicture,
  type Scene,
} from "./paint.ts";

/** px of the plot with its labels. */
const TALLEST = 520;
const LEAST = 90;

/** The plot itself: what of the matrix is shown, and how it is drawn. */
export class Heat {
  readonly session;
  readonly stage: HTMLElement;
  readonly scene: Scene;
  #context: Context;
  #loader: Loader;
  #picture = hiDpi({ "aria-hidden": true });
  #overlay = hiDpi({ "aria-hidden": true, class: "att-overlay" });
  #box: Marks["box"];
  #width = 0;
  #looking = false;
  #onDrawn: () => void;
  #pictures = frame(() => this.#paint());
  #marks = frame(() => this.#paintMarks());
  #stops: (() => void)[];

  constructor(context: Context, loader: Loader, onDrawn: () => void) {
    const { session, t, guard } = context;
    this.#context = context;
    this.#loader = loader;
    this.#onDrawn = onDrawn;
    this.session = session;
    this.stage = h(
      "div",
      {
        class: "att-stage",
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("heat.role"),
        onfocus: guard(() => this.#enter()),
      },
      this.#picture.element,
      this.#overlay.element,
    );
    this.scene = {
      view: { x: 0, y: 0, sx: 1, sy: 1 },
      size: { width: 1, height: 1 },
      gutter: { left: 36, top: 30, flat: false },
      bounds: session.bounds,
      rows: new Labels(session, "queries"),
      columns: new Labels(session, "keys"),
      palette: palette(this.stage),
      corner: [`${t("heat.query")} ↓`, `${t("heat.key")} →`],
    };
    this.#stops = [
      onTheme(() => this.recolour()),
      session.on(
        "opened",
        guard(() => this.#resize()),
      ),
      session.on(
        "range",
        guard(() => this.#heard()),
      ),
      session.on(
        "matrix",
        guard(() => this.#look()),
      ),
      session.on("scale", () => this.#pictures.ask()),
      session.on("cell", () => this.#marks.ask()),
    ];
  }

  get zoomed(): boolean {
    return !sameRange(this.#range, this.scene.bounds);
  }

  get #range(): Range {
    const { view, bounds, size } = this.scene;
    return rangeOf(view, bounds, size);
  }

  layout(width: number): void {
    if (width === this.#width || width <= 0) return;
    // Now it has a place, and colours.
    if (this.#width === 0) this.scene.palette = palette(this.stage);
    this.#width = width;
    this.#resize();
  }

  recolour(): void {
    this.scene.palette = palette(this.stage);
    this.#pictures.ask();
    this.#marks.ask();
  }

  /** There are other pictures. */
  refresh(): void {
    this.#pictures.ask();
  }

  at(x: number, y: number): Cell | undefined {
    const { view, bounds } = this.scene;
    return cellAt(view, bounds, x, y);
  }

  show(range: Range): void {
    this.#go(fitted(range, this.scene.size));
  }

  move(x: number, y: number): void {
    this.#go({ ...this.scene.view, x, y });
  }

  zoom(factor: number, at?: { x: number; y: number }): void {
    const { view, bounds, size } = this.scene;
    this.#go(zoom(view, factor, at ?? this.#focus(), bounds, size));
  }

  pin(cell: Cell): void {
    if (cell.query === null && cell.key === null) return;
    const { pinned } = this.session;
    const again = pinned && pinned.query === cell.query && pinned.key === cell.key;
    this.session.pin(again ? undefined : cell);
  }

  /** By keys: as far as a step can be seen. */
  walk(x: number, y: number): void {
    const { query, key } = this.session.cell;
    if (query === null || key === null) {
      this.#enter();
      return;
    }
    const units = this.#loader.at({ query, key })?.units ?? 1;
    this.go({ query: query + y * units, key: key + x * units });
  }

  go({ query, key }: Cell): void {
    const { view, bounds, size } = this.scene;
    const inside = (unit: number | null, [low, high]: [number, number]) =>
      Math.max(low, Math.min(high - 1, unit ?? low));
    const cell = { query: inside(query, bounds.rows), key: inside(key, bounds.columns) };
    this.#go(reveal(view, cell, bounds, size));
    this.session.hover(cell);
  }

  draw({ box }: Pick<Marks, "box">): void {
    this.#box = box;
    this.#marks.ask();
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
    this.#pictures.stop();
    this.#marks.stop();
  }

  /** The focus comes in by a key: a cell has to be there. */
  #enter(): void {
    const { cell } = this.session;
    if (!this.stage.matches(":focus-visible") || (cell.query !== null && cell.key !== null)) return;
    const { rows, columns } = this.#range;
    if (rows[0] < rows[1]) this.session.hover({ query: rows[0], key: columns[0] });
  }

  /** What a zoom without a pointer leaves in place: the cell, or the middle. */
  #focus(): { x: number; y: number } {
    const { view, size } = this.scene;
    const { query, key } = this.session.cell;
    const x = key === null ? -1 : (key + 0.5 - view.x) * view.sx;
    const y = query === null ? -1 : (query + 0.5 - view.y) * view.sy;
    return {
      x: x >= 0 && x <= size.width ? x : size.width / 2,
      y: y >= 0 && y <= size.height ? y : size.height / 2,
    };
  }

  #go(view: Scene["view"]): void {
    const { scene } = this;
    scene.view = clamp(view, scene.bounds, scene.size);
    this.#looking = true;
    this.session.look(this.#range);
    this.#looking = false;
    this.#look();
  }

  /** Somebody else chose what to look at: a block of a pair, a window of the arcs. */
  #heard(): void {
    if (this.#looking) return;
    const { scene, session } = this;
    if (!sameRange(scene.bounds, session.bounds)) {
      this.#resize();
      return;
    }
    scene.view = clamp(fitted(session.range, scene.size), scene.bounds, scene.size);
    this.#look();
  }

  #resize(): void {
    const { scene, session } = this;
    const width = this.#width;
    if (width === 0) return;
    scene.bounds = session.bounds;
    const { bounds, rows, columns } = scene;
    const context = this.#picture.context;
    if (context) context.font = font(scene.palette);
    rows.measure(context);
    columns.measure(context);
    const tallest = Math.min(TALLEST, Math.max(280, width));
    const guess = width / Math.max(1, bounds.columns[1] - bounds.columns[0]);
    const corner = context ? cornerWidth(context, scene) : 0;
    scene.gutter = gutter(rows, columns, width, Math.min(LARGEST, 0.8 * guess), corner);
    const { left, top } = scene.gutter;
    const most = { width: Math.max(40, width - left - EDGE), height: tallest - top - EDGE };
    const units = bounds.rows[1] - bounds.rows[0];
    const height = Math.min(most.height, Math.ceil(fitted(bounds, most).sy * units));
    scene.size = { width: most.width, height: Math.max(height, LEAST) };
    set(this.stage, "style", { height: `${top + scene.size.height + EDGE}px` });
    scene.view = clamp(fitted(session.range, scene.size), bounds, scene.size);
    this.#look();
  }

  #look(): void {
    if (this.#width === 0) return;
    const { session, t } = this.#context;
    const { rows, columns } = this.scene;
    const label = t("heat.label", { queries: rows.count, keys: columns.count });
    set(this.stage, "aria-label", label);
    // A finger scrolls the page; where there is more than fits, it moves the picture.
    this.stage.style.touchAction = this.zoomed ? "none" : "pan-x pan-y";
    if (session.pane) this.#loader.want(this.#range);
    this.#pictures.ask();
    this.#marks.ask();
  }

  #paint(): void {
    if (this.#width === 0) return;
    const { session } = this.#context;
    const causal = session.pane?.causal ?? false;
    paintPicture(this.#picture, this.scene, this.#loader.pieces, session.scale, causal);
    this.#onDrawn();
  }

  #paintMarks(): void {
    if (this.#width === 0) return;
    const { hovered, pinned, cell } = this.session;
    const marked = hovered.query === null && hovered.key === null ? cell : hovered;
    paintMarks(this.#overlay, this.scene, { cell: marked, pinned, box: this.#box });
  }
}
