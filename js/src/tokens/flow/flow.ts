import { alert } from "../../shared/alert.ts";
import { fill, h, set, uniqueId } from "../../shared/dom.ts";
import { rest } from "../../shared/rest.ts";
import { visible } from "../../shared/text.ts";
import { note } from "../elements.ts";
import type { Context, Panel } from "../panel.ts";
import type { FlowState, Session } from "../session.ts";
import type { Core } from "./core.ts";
import { detail } from "./detail.ts";
import { heads } from "./heads.ts";
import { keys } from "./keys.ts";
import { LINE, UnitList } from "./list.ts";
import { pointer } from "./pointer.ts";
import { covers, firstOf, type Span, type Spot, selected } from "./spots.ts";
import { drawUnit, type Look } from "./unit.ts";
import "./flow.css";

interface FlowOptions {
  context: Context;
  session: Session;
  state: FlowState;
  /** px */
  height: number;
  /** Nodes that are drawn beyond what is on screen, at most. */
  budget: number;
}

export interface Flow extends Panel {
  /** Draws anew: labels, colours or signs have changed. */
  refresh(): void;
}

/** Names are asked for when scrolling rests (ms). */
const REST = 70;
/** How wide a character is about (px), until lines are measured. */
const CHARACTER = 9;
const WIDTH_BEFORE_LAYOUT = 800;

/** The text of one source, divided into its tokens. */
export function flow({ context, session, state, height, budget }: FlowOptions): Flow {
  const { t, pieces, guard } = context;
  const { summary } = context.state;
  const { pages, source } = state;
  const { name, offsets, tokens, characters } = summary.sources[source] ?? { name: "" };
  const prefix = `${uniqueId("tok")}-`;
  const spots: Look["spots"] = new WeakMap();
  const strip = detail(context, state);
  const problem = h("div", { class: "tfw-problem" });
  const body = h("div");
  const scroller = h(
    "div",
    {
      class: "tok-flow",
      role: "listbox",
      tabindex: 0,
      "aria-multiselectable": true,
      "aria-label": t("flow.label", { name: visible(name) }),
      style: { "max-height": `${height}px` },
    },
    body,
  );
  let width = 0;
  /** Nothing is drawn before there is a place for it, nor out of sight. */
  let hidden = true;
  /** A name was not known when it was drawn. */
  let nameless = false;
  let hovered: Span | undefined;
  let shown: [from: number, to: number] = [0, -1];

  const look: Look = {
    session,
    t,
    prefix,
    labels: summary.labels,
    certain: offsets === "all",
    spots,
    name(id) {
      const found = pieces.get(source, id);
      nameless ||= found === undefined;
      return found;
    },
    isSelected: (token) => covers(selected(state), token),
  };

  const naming = rest(() => {
    const ids: number[] = [];
    for (let k = shown[0]; k <= shown[1]; k++) {
      for (const { id } of pages.get(k)?.tokens ?? []) ids.push(id);
    }
    pieces.want(source, ids);
  }, REST);

  const list = new UnitList({
    scroller,
    body,
    height,
    budget,
    at: state.at,
    count: () => pages.total,
    guess(index) {
      const unit = pages.get(index);
      if (!unit) return undefined;
      const letters = unit.text.length + unit.tokens.length / 2;
      const lines = Math.ceil((letters * CHARACTER) / (width || WIDTH_BEFORE_LAYOUT)) || 1;
      return { height: lines * LINE, nodes: unit.tokens.length * 3 + 2 };
    },
    create(index) {
      const unit = pages.get(index);
      const before = index > 0 ? pages.get(index - 1) : null;
      const row = unit
        ? drawUnit(look, unit, index, heads(unit, before, summary.roles, t))
        : h("div", { class: "tok-unit", "data-wait": true }, t("not-loaded"));
      // What stands above it may depend on the unit before.
      row.toggleAttribute("data-draft", !unit || before === undefined);
      return row;
    },
    onRange(...range) {
      shown = range;
      pages.want(Math.max(0, range[0] - 1), range[1]);
      naming.later();
      mark();
    },
  });

  const options = () => [...body.querySelectorAll<HTMLElement>("[role=option]")];
  const drawn = (spot: Spot) => body.querySelector<HTMLElement>(`#${prefix}${firstOf(spot)}`);

  function mark(): void {
    const { active } = state;
    const where = selected(state);
    for (const each of options()) {
      set(each, "aria-selected", covers(where, (spots.get(each) as Spot).stop[0]));
    }
    body.querySelector("[data-active]")?.removeAttribute("data-active");
    const current = active && drawn(active);
    current?.setAttribute("data-active", "");
    set(scroller, "aria-activedescendant", current?.id);
    tell();
  }

  function tell(): void {
    const { active, telling } = state;
    const where = telling ? selected(state) : undefined;
    strip.show(hovered ?? where ?? (active && { from: active, to: active }));
  }

  const core: Core = {
    scroller,
    body,
    list,
    state,
    guard,
    spots,
    options,
    drawn,
    mark,
    select(anchor, head = anchor) {
      state.selection = { anchor, head };
      state.active = head;
      state.telling = true;
      hovered = undefined;
      mark();
    },
    hover(where) {
      if (where?.from.stop === hovered?.from.stop) return;
      hovered = where;
      tell();
    },
  };
  const { resume } = keys(core);
  const release = pointer(core);

  const named = guard(() => {
    if (hidden) return;
    if (nameless) {
      nameless = false;
      list.refresh();
    }
    tell();
  });
  pieces.onChange.add(named);

  function complain(): void {
    const { failure } = state;
    const retry = () => {
      state.failure = undefined;
      complain();
      failure?.retry();
    };
    fill(problem, failure && alert(failure.error, t, retry));
  }

  state.onChange = guard(() => {
    complain();
    if (hidden) return;
    list.render();
    resume();
  });

  // Out of sight nothing is kept drawn: another panel may need the room.
  const observer = new ResizeObserver(
    guard(() => {
      hidden = scroller.offsetWidth === 0;
      if (hidden) list.clear();
    }),
  );
  observer.observe(scroller);
  tell();
  complain();

  return {
    element: h(
      "div",
      { class: "tok-source" },
      tokens !== 0 && offsets && offsets !== "all" && note(t(`flow.offsets-${offsets}`)),
      characters === 0 && note(t(tokens ? "flow.only-special" : "flow.empty")),
      problem,
      scroller,
      strip.element,
    ),
    refresh: () => list.refresh(true),
    layout(): void {
      const before = width;
      hidden = false;
      width = scroller.clientWidth;
      if (width !== before) list.refresh(true);
      else list.render(state.at);
    },
    dispose(): void {
      observer.disconnect();
      naming.stop();
      release();
      pieces.onChange.delete(named);
      state.onChange = () => {};
      list.dispose();
    },
  };
}
