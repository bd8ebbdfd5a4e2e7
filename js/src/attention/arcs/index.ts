import { alert } from "../../shared/alert.ts";
import { frame, hiDpi } from "../../shared/canvas.ts";
import { fill, h } from "../../shared/dom.ts";
import { onTheme } from "../../shared/on-theme.ts";
import { isAbort } from "../../shared/protocol.ts";
import { rest } from "../../shared/rest.ts";
import { palette } from "../colours.ts";
import type { Section } from "../context.ts";
import { linesOf, type Weights } from "../lines.ts";
import { headName } from "../matrix-name.ts";
import type { PartContext } from "../part-words.ts";
import type { Cell, Session } from "../session.ts";
import { focusOf } from "../text/focus.ts";
import { said } from "../text/said.ts";
import { weightText } from "../weight-text.ts";
import { type Geometry, geometry, revealed, type Side, visibleUnits } from "./geometry.ts";
import { hands } from "./hands.ts";
import { blocks, type Found, Links } from "./links.ts";
import { type Picture, paint } from "./paint.ts";
import "./arcs.css";

const PATIENCE = 30;
const MOST_LINES = 10;
const NOTHING: Found = { links: [], broken: new Set() };

/** What outlives a change of language. */
const counts = new WeakMap<Session, number>();

/** Two columns of tokens, and lines between those that attend to each other. */
export function arcsSection(context: PartContext): Section {
  const { session, kernel, t, guard } = context;
  const lines = linesOf(context);
  const tiles = new Links(kernel);
  const canvas = hiDpi({
    class: "att-a-canvas",
    tabindex: 0,
    role: "application",
    "aria-label": t("arcs.label"),
  });
  const count = h("input", {
    type: "range",
    min: 1,
    max: MOST_LINES,
    step: 1,
    value: counts.get(session) ?? 3,
    oninput: guard(() => {
      counts.set(session, Number(count.value));
      number.textContent = count.value;
      load();
    }),
  });
  const number = h("output", {}, count.value);
  const name = h("span", { class: "tfw-muted att-a-name" });
  // The canvas takes its second colour from here.
  const second = h("span", { class: "att-a-second", hidden: true });
  const status = h("p", { class: "att-a-line", role: "status" });
  const problem = h("div", { class: "tfw-problem" });
  const element = h(
    "div",
    { class: "att-a" },
    h("div", { class: "att-a-bar" }, h("label", {}, t("arcs.count"), count, number), name, second),
    canvas.element,
    status,
    problem,
  );
  let width = 0;
  let at: Geometry = geometry(0, session.range, 0);
  let colours: Picture["colours"] | undefined;
  let found: Found = NOTHING;
  let shown: { focus: Cell; weights: Weights } | undefined;
  let caret: { side: Side; unit: number } | undefined;
  let own = false;
  let asked = new AbortController();

  const hidden = () => width === 0 || element.closest("[hidden]") !== null;
  const focus = () => {
    const { hovered, pinned } = session;
    const { query, key } = focusOf({ hovered, pinned, own, mode: "both", same: false });
    return { query, key: query === null ? key : null };
  };

  const drawing = frame(
    guard(() => {
      const brush = canvas.size(at.width, at.height);
      if (!brush || hidden()) return;
      colours ??= {
        ...palette(element),
        second: getComputedStyle(second).color,
      };
      paint(brush, {
        session,
        at,
        colours,
        ...found,
        focus: focus(),
        weights: shown?.weights,
        caret: canvas.element.matches(":focus-visible") ? caret : undefined,
        names: { query: t("arcs.queries"), key: t("arcs.keys") },
        number: (value) => weightText(t, value),
      });
    }),
  );

  function fail(error: unknown, again: () => void): void {
    if (isAbort(error)) return;
    fill(
      problem,
      alert(error, t, () => {
        fill(problem);
        again();
      }),
    );
  }

  /** Asks for what is on screen; until it is there, the earlier lines stay. */
  async function load(): Promise<void> {
    if (hidden() || !session.pane) return;
    const needed = blocks(session.range, visibleUnits(at, "query"), visibleUnits(at, "key"));
    try {
      const now = await tiles.get(session.matrix, needed, Number(count.value));
      if (!now) return;
      fill(problem);
      found = now;
      drawing.ask();
    } catch (error) {
      fail(error, load);
    }
  }

  const ask = rest(async () => {
    const goal = focus();
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const weights = await lines.get(session.matrix, goal, signal);
      if (!signal.aborted) show({ focus: goal, weights });
    } catch (error) {
      if (!signal.aborted) fail(error, () => ask.now());
    }
  }, PATIENCE);

  function show(now: typeof shown): void {
    shown = now;
    status.textContent = now ? said(session, now.weights, now.focus, t) : t("arcs.hint");
    drawing.ask();
  }

  /** The token at hand is another. */
  function look(): void {
    if (hidden()) return;
    const { query, key } = session.cell;
    if (!own && query !== null) scroll(revealed(at, "query", query));
    else if (!own && key !== null) scroll(revealed(at, "key", key));
    const goal = focus();
    const known = lines.peek(session.matrix, goal);
    asked.abort();
    ask.stop();
    if (goal.query === null && goal.key === null) show(undefined);
    else if (known) show({ focus: goal, weights: known });
    else {
      // Another token's weights are not this one's.
      if (shown?.focus.query !== goal.query || shown?.focus.key !== goal.key) shown = undefined;
      ask.later();
    }
    drawing.ask();
  }

  const later = rest(() => void load(), PATIENCE);

  function scroll(to: number): void {
    const before = at.scroll;
    at = geometry(width, session.range, to);
    if (at.scroll === before) return;
    drawing.ask();
    later.later();
  }

  function place(): void {
    at = geometry(width, session.range, at.scroll);
    name.textContent = session.pane ? headName(session, context.main) : "";
    if (hidden()) return;
    void load();
    look();
  }

  hands({
    canvas: canvas.element,
    session,
    guard,
    geometry: () => at,
    scroll,
    caret: () => caret,
    move(now) {
      caret = now;
      if (now) scroll(revealed(at, now.side, now.unit));
      drawing.ask();
    },
    own(is) {
      own = is;
    },
  });

  const forget = [
    session.on(
      "opened",
      guard(() => {
        caret = undefined;
        found = NOTHING;
        place();
      }),
    ),
    session.on("matrix", guard(place)),
    session.on("range", guard(place)),
    session.on("cell", guard(look)),
    session.on("scale", () => drawing.ask()),
    onTheme(() => {
      colours = undefined;
      drawing.ask();
    }),
  ];
  status.textContent = t("arcs.hint");
  return {
    element,
    layout(now) {
      width = now > 0 ? element.clientWidth || now : 0;
      place();
    },
    dispose() {
      for (const each of forget) each();
      drawing.stop();
      later.stop();
      ask.stop();
      asked.abort();
      tiles.stop();
    },
  };
}
