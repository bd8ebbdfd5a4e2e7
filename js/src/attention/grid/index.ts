import { alert } from "../../shared/alert.ts";
import { frame, hiDpi } from "../../shared/canvas.ts";
import { fill, h, set } from "../../shared/dom.ts";
import { onTheme } from "../../shared/on-theme.ts";
import { palette as paletteOf } from "../colours.ts";
import type { Context, Section } from "../context.ts";
import { plainKey, stepKeys } from "../keys.ts";
import { allHeads, headName } from "../matrix-name.ts";
import type { StatName } from "../model.ts";
import {
  type Arrangement,
  arrange,
  boxOf,
  indexAt,
  onScreen,
  type Place,
  towards,
} from "./arrange.ts";
import { Figures } from "./figures.ts";
import { legend } from "./legend.ts";
import { markOf } from "./marks.ts";
import { paintGrid, Sheets } from "./paint.ts";
import { sizeFor, ThumbLoader } from "./thumbs.ts";
import "./grid.css";

/** All layers and heads of a kind, small: the way to a head. */
export function gridSection(context: Context): Section {
  const { session, t, guard } = context;
  const canvas = hiDpi({ "aria-hidden": true });
  const sizer = h("div", { class: "att-sizer" }, canvas.element);
  const scroller = h(
    "div",
    {
      class: "att-heads",
      tabindex: 0,
      role: "application",
      "aria-roledescription": t("grid.role"),
    },
    sizer,
  );
  const line = h("p", { class: "att-line", role: "status" });
  const whole = h("p", { class: "att-whole tfw-muted", hidden: true }, t("grid.whole"));
  const problem = h("div", { class: "tfw-problem" });
  const marks = h("details", { class: "att-legend" });
  const sort = h("select", {
    class: "tfw-input",
    "aria-label": t("sort.by"),
    onchange: guard(resort),
  });
  const tools = h(
    "div",
    { class: "att-tools" },
    h("label", {}, h("span", { class: "tfw-muted" }, t("sort.by")), " ", sort),
  );
  const element = h("div", { class: "att-grid" }, tools, problem, scroller, line, whole, marks);
  const sheets = new Sheets();
  const loader = new ThumbLoader(context, loaded);
  const figures = new Figures(context, guard(known));
  let palette = paletteOf(element);
  let grid: Arrangement | undefined;
  let width = 0;
  let room: { width: number; height: number } | undefined;
  let hovered: number | undefined;
  let active: number | undefined;
  const painting = frame(guard(paint));

  function rearrange(): void {
    const { pane } = session;
    if (!pane || width === 0) return;
    const { sort: by } = session;
    const ranking = by === "built" ? undefined : figures.ranking(pane, by);
    const count = (axis: number) => Math.max(1, session.opened?.axes[axis]?.count ?? 1);
    const aspect = count(pane.queries) / count(pane.keys);
    const tallest = Number.parseFloat(getComputedStyle(scroller).maxHeight) || 300;
    grid = arrange(pane, width, aspect, tallest, ranking);
    set(sizer, "style", { width: `${grid.width}px`, height: `${grid.height}px` });
    scroller.style.height = `${grid.height}px`;
    set(
      scroller,
      "aria-label",
      t("grid.label", { layers: pane.heads.length, heads: Math.max(...pane.heads) }),
    );
    request();
  }

  /** Asks for the layers on screen. */
  function request(): void {
    painting.ask();
    const { pane } = session;
    if (!grid || !pane) return;
    const [from, to] = onScreen(grid, scroller.scrollTop, scroller.clientHeight || 400);
    const layers = [...new Set(grid.places.slice(from, to).map((place) => place?.layer))];
    const pixels = grid.side * (globalThis.devicePixelRatio || 1);
    const seen = layers.filter((layer) => layer !== undefined);
    // What is scrolled to must not be of another size than the rest.
    const rows = Math.ceil((scroller.clientHeight || 400) / grid.down);
    const heads = Math.max(1, ...pane.heads);
    const count = grid.ranked ? layers.length * heads : Math.min(rows, pane.heads.length) * heads;
    loader.want(seen, sizeFor(pixels, count));
  }

  function loaded(): void {
    const { failure } = loader;
    fill(problem, failure ? alert(failure, t, () => loader.retry()) : null);
    painting.ask();
  }

  function paint(): void {
    const { pane } = session;
    if (!grid || !pane) return;
    // A page that changes its theme is out of sight for a moment: nothing has a size there.
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = scroller;
    if (clientWidth > 0) room = { width: clientWidth, height: clientHeight };
    room ??= { width, height: grid.height };
    paintGrid(
      canvas,
      sheets,
      {
        grid,
        pane,
        palette,
        scale: session.scale,
        thumbs: loader.layers,
        chosen: ({ layer, head }) => layer === session.layer && session.heads.includes(head),
        active,
        hovered,
        markOf: (place) => markOf((name) => figures.of(place, name)),
      },
      { ...room, left: scrollLeft, top: scrollTop },
    );
    if (loader.layers.size === 0) return;
    session.drawn("grid");
    figures.ask();
  }

  /** Statistics have come. */
  function known(): void {
    options();
    if (session.sort !== "built") rearrange();
    tell();
    painting.ask();
  }

  function options(): void {
    const names = figures.names.filter((name) => name !== undefined);
    fill(
      sort,
      h("option", { value: "built" }, t("grid.built")),
      ...names.map((name) => h("option", { value: name }, t(`grid.stat.${name}`))),
    );
    sort.value = names.includes(session.sort as StatName) ? session.sort : "built";
    sort.disabled = names.length === 0;
    tools.hidden = session.opened?.can.stats === false;
  }

  function resort(): void {
    session.sort = sort.value as typeof session.sort;
    active = undefined;
    hovered = undefined;
    scroller.scrollTo({ top: 0, left: 0 });
    rearrange();
    tell();
  }

  function tell(): void {
    const place = grid?.places[hovered ?? active ?? -1];
    const { pane } = session;
    if (!place || !pane) {
      fill(
        line,
        h("b", {}, headName(session, t)),
        " · ",
        h(
          "span",
          { class: "tfw-muted" },
          t(session.kind === "rollout" ? "grid.hint.rollout" : "grid.hint"),
        ),
      );
      return;
    }
    const layer = pane.layers[place.layer] ?? String(place.layer);
    const name = headName({ pane, layer: place.layer, heads: [place.head], kind: session.kind }, t);
    const format = new Intl.NumberFormat(t.language, { maximumFractionDigits: 2 });
    const stats = figures.names.flatMap((stat) => {
      const value = figures.of(place, stat);
      if (value === undefined) return [];
      const bits = stat === "entropy" ? ` ${t("grid.bits")}` : "";
      return [`${t(`grid.stat.${stat}`)} ${format.format(value)}${bits}`];
    });
    if (!figures.exact) stats.push(t("heat.sampled"));
    line.dataset.head = `${layer}.${place.head}`;
    fill(line, h("b", {}, name), stats.length > 0 && h("span", {}, ` · ${stats.join(" · ")}`));
  }

  function choose(place: Place, add: boolean): void {
    const { layer, heads } = session;
    if (!add || layer !== place.layer) {
      session.choose({ layer: place.layer, heads: [place.head] });
      return;
    }
    const others = heads.filter((head) => head !== place.head);
    const more = others.length < heads.length ? others : [...heads, place.head];
    session.choose({ heads: (more.length > 0 ? more : heads).sort((a, b) => a - b) });
  }

  const point = (event: MouseEvent) => {
    const box = scroller.getBoundingClientRect();
    return { x: event.clientX - box.left - 1, y: event.clientY - box.top - 1 };
  };

  /** The place under the pointer, or the layer whose name is there. */
  function under(event: MouseEvent): { index?: number | undefined; layer?: number } {
    if (!grid) return {};
    const { x, y } = point(event);
    const down = y + scroller.scrollTop;
    if (!grid.ranked && (x < grid.left || y < grid.top)) {
      const layer = Math.floor((down - grid.top) / grid.down);
      return x < grid.left && y > grid.top && session.pane?.heads[layer] ? { layer } : {};
    }
    return { index: indexAt(grid, x + scroller.scrollLeft, down) };
  }

  function hover(index: number | undefined): void {
    if (index === hovered) return;
    hovered = index;
    tell();
    painting.ask();
  }

  scroller.onpointermove = guard((event: PointerEvent) => {
    const { index, layer } = under(event);
    hover(index);
    scroller.style.cursor = index !== undefined || layer !== undefined ? "pointer" : "";
    const all =
      layer !== undefined &&
      session.kind !== "rollout" &&
      t("grid.average", { layer: session.pane?.layers[layer] ?? layer });
    if (all) scroller.title = all;
    else scroller.removeAttribute("title");
  });
  scroller.onpointerleave = guard(() => hover(undefined));
  scroller.onclick = guard((event: MouseEvent) => {
    const { index, layer } = under(event);
    const place = grid?.places[index ?? -1];
    active = index;
    if (place) choose(place, event.shiftKey || event.ctrlKey || event.metaKey);
    else if (layer !== undefined)
      session.choose({ layer, heads: allHeads(session.pane?.heads[layer]) });
  });
  scroller.onscroll = guard(request);
  scroller.onfocus = guard(() => {
    if (active === undefined && scroller.matches(":focus-visible")) toChosen();
  });
  scroller.onblur = guard(() => {
    active = undefined;
    tell();
    painting.ask();
  });
  scroller.onkeydown = guard((event: KeyboardEvent) => {
    const key = plainKey(event);
    if (!grid || key === undefined) return;
    const place = grid.places[active ?? -1];
    const step = stepKeys(session)[key];
    if (key === "Enter" || key === " ") {
      if (place) choose(place, event.shiftKey);
    } else if (key === "Escape" && session.pinned) {
      session.pin(undefined);
    } else if (step) {
      step();
      toChosen();
    } else {
      const goal = towards(grid, active ?? 0, key);
      if (goal === undefined) return;
      active = goal;
      walked();
    }
    event.preventDefault();
    event.stopPropagation();
  });

  function toChosen(): void {
    active = grid?.places.findIndex(
      (place) => place?.layer === session.layer && place.head === session.heads[0],
    );
    walked();
  }

  /** The active place is on screen, and told about. */
  function walked(): void {
    if (!grid || active === undefined || active < 0) return;
    const { x, y } = boxOf(grid, active);
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = scroller;
    const low = grid.ranked ? 0 : grid.top;
    const aside = grid.ranked ? 0 : grid.left;
    scroller.scrollTo({
      top: Math.max(y + grid.down + 2 - clientHeight, Math.min(scrollTop, y - low)),
      left: Math.max(x + grid.across + 2 - clientWidth, Math.min(scrollLeft, x - aside)),
    });
    hovered = undefined;
    tell();
    painting.ask();
  }

  function recolour(): void {
    palette = paletteOf(element);
    fill(marks, h("summary", {}, t("grid.marks")), legend(palette, t));
    painting.ask();
  }

  /** Small pictures and figures know no lens. */
  function reveal(): void {
    whole.hidden = session.lens.special && !session.lens.words;
  }

  function opened(): void {
    active = undefined;
    hovered = undefined;
    fill(problem);
    loader.failure = undefined;
    reveal();
    options();
    rearrange();
    tell();
  }

  let kind = session.kind;
  const forget = [
    onTheme(guard(recolour)),
    session.on("opened", guard(opened)),
    session.on(
      "matrix",
      guard(() => {
        if (kind !== session.kind) opened();
        kind = session.kind;
        tell();
        painting.ask();
      }),
    ),
    session.on("scale", () => painting.ask()),
  ];
  // It may have been out of sight, where a canvas has no size.
  const observer = new ResizeObserver(guard(request));
  observer.observe(scroller);
  reveal();
  options();
  tell();

  return {
    element,
    layout(now): void {
      if (now === width || now <= 0) return;
      // Now it has a place, and colours.
      if (width === 0) recolour();
      width = now;
      rearrange();
    },
    dispose(): void {
      for (const stop of forget) stop();
      observer.disconnect();
      painting.stop();
      loader.dispose();
      figures.dispose();
    },
  };
}
