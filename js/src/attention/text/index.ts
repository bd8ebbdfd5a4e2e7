import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import { rest } from "../../shared/rest.ts";
import { byteOf, share } from "../colours.ts";
import type { Section } from "../context.ts";
import { stepKeys } from "../keys.ts";
import { linesOf, type Weights } from "../lines.ts";
import type { PartContext } from "../part-words.ts";
import { type Cell, NOWHERE, type Session } from "../session.ts";
import { textBlock } from "./block.ts";
import { alone, focusOf, isNowhere, type Mode, pointAt } from "./focus.ts";
import { blockKeys } from "./keys.ts";
import { modeChoice } from "./modes.ts";
import { report } from "./report.ts";

type Role = "query" | "key" | "both";
type Block = ReturnType<typeof textBlock> & { role: Role };

/** How long the pointer rests on a token before its weights are asked for. */
const PATIENCE = 30;

// They outlive a change of language, as the session does.
const modes = new WeakMap<Session, Mode>();

/** The text as it reads, tinted by what the token at hand attends to, or what attends to it. */
export function textSection(context: PartContext): Section {
  const { session, t, guard } = context;
  const lines = linesOf(context);
  const blocks = h("div", { class: "att-t-blocks" });
  const told = report(t);
  const problem = h("div", { class: "tfw-problem" });
  let mode = modes.get(session) ?? "to";
  const choice = modeChoice(t, mode, guard, (chosen) => {
    mode = chosen;
    modes.set(session, mode);
    update();
  });
  const element = h(
    "section",
    { class: "att-t-section", "aria-label": t("text.title") },
    h(
      "div",
      { class: "att-t-head" },
      h("span", { class: "att-t-title" }, t("text.title")),
      choice.element,
    ),
    blocks,
    told.element,
    problem,
  );
  let drawn: Block[] = [];
  let built = "";
  /** The pointer or the focus is in here. */
  let own = false;
  let shown: { focus: Cell; weights: Weights } | undefined;
  let asked = new AbortController();

  function same(): boolean {
    const { pane } = session;
    return !pane || pane.queries === pane.keys;
  }

  function build(): void {
    const { pane, opened } = session;
    const needed = !pane ? [] : same() ? [pane.queries] : [pane.keys, pane.queries];
    const name = JSON.stringify([session.item, session.lens, needed]);
    element.dataset.mode = same() ? mode : "to";
    if (name === built) return;
    built = name;
    shown = undefined;
    drawn = needed.flatMap((index) => {
      const axis = opened?.axes[index];
      if (!axis) return [];
      const flags = session.flags[index] ?? new Uint8Array();
      const role: Role = same() ? "both" : index === pane?.keys ? "key" : "query";
      const made = textBlock(axis, flags, t(`text.axis.${axis.name}`), t);
      const block: Block = Object.assign(made, { role });
      listen(block);
      return [block];
    });
    fill(
      blocks,
      ...drawn.map(({ element, role }) =>
        h(
          "div",
          { class: "att-t-block" },
          role !== "both" && h("p", { class: "att-t-caption" }, t(`text.role.${role}`)),
          element,
        ),
      ),
    );
    choice.element.hidden = !same();
    element.hidden = drawn.length === 0;
  }

  function listen(block: Block): void {
    const { body, role } = block;
    const point = (unit: number) => {
      own = true;
      session.hover(pointAt(unit, role, session.pinned, mode));
    };
    const pin = (unit: number) => {
      const cell = role === "both" ? alone(unit, mode) : pointAt(unit, role, undefined, mode);
      const before = session.pinned;
      const again = before?.query === cell.query && before?.key === cell.key;
      session.pin(again ? undefined : cell);
      if (!again) session.hover(cell);
    };
    const leave = () => {
      own = false;
      session.hover(NOWHERE);
    };
    body.onpointerover = guard((event: PointerEvent) => {
      const unit = block.unitAt(event.target);
      if (unit !== undefined && event.pointerType !== "touch") point(unit);
    });
    body.onpointerleave = guard(leave);
    body.onclick = guard((event: MouseEvent) => {
      const unit = block.unitAt(event.target);
      if (unit === undefined) return;
      block.activate(unit);
      pin(unit);
    });
    body.onblur = guard(leave);
    blockKeys(block, {
      guard,
      count: () => session.opened?.axes[axisOf(role)]?.count ?? 0,
      start: () => startOf(role) ?? block.shown[0],
      point,
      pin,
      free: () => {
        session.pin(undefined);
        leave();
      },
      pinned: () => session.pinned !== undefined,
      others: stepKeys(session),
    });
  }

  function axisOf(role: Role): number {
    const { pane } = session;
    return (role === "key" ? pane?.keys : pane?.queries) ?? 0;
  }

  /** Where the keys begin: at what is looked at. */
  function startOf(role: Role): number | null {
    const { query, key } = session.cell;
    return role === "key" ? key : role === "query" ? query : (query ?? key);
  }

  const focus = () =>
    focusOf({ hovered: session.hovered, pinned: session.pinned, own, mode, same: same() });

  const ask = rest(async () => {
    const goal = focus();
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const weights = await lines.get(session.matrix, goal, signal);
      if (signal.aborted) return;
      fill(problem);
      shown = { focus: goal, weights };
      draw();
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      fill(
        problem,
        alert(error, t, () => void ask.now()),
      );
    }
  }, PATIENCE);

  function update(): void {
    build();
    const goal = focus();
    mark(goal);
    if (isNowhere(goal)) {
      ask.stop();
      asked.abort();
      shown = undefined;
      draw();
      return;
    }
    const known = lines.peek(session.matrix, goal);
    if (known) {
      ask.stop();
      asked.abort();
      shown = { focus: goal, weights: known };
      draw();
    } else {
      told.wait(session, goal);
      ask.later();
    }
  }

  function draw(): void {
    const { scale } = session;
    const weights = shown?.weights;
    const colour = (value: number | undefined) =>
      value === undefined || Number.isNaN(value) ? value : share(byteOf(value), scale);
    for (const block of drawn) {
      const to = block.role === "query" ? undefined : weights?.row;
      const by = block.role === "key" ? undefined : weights?.column;
      block.tint((to || by) && ((unit) => ({ to: colour(to?.[unit]), by: colour(by?.[unit]) })));
    }
    told.draw(session, shown);
  }

  /** Shows where the reader is, at once; the weights follow. */
  function mark(goal: Cell): void {
    const { cell, pinned } = session;
    for (const block of drawn) {
      const { role } = block;
      const found: [number, string][] = [];
      const add = (unit: number | null, name: string) => {
        if (unit !== null) found.push([unit, name]);
      };
      if (role !== "query") add(cell.key, "key");
      if (role !== "key") add(cell.query, "query");
      if (role === "both") add(goal.query ?? goal.key, "query");
      block.mark(found);
      const stuck = role === "key" ? pinned?.key : role === "query" ? pinned?.query : null;
      block.select(role === "both" ? (pinned?.query ?? pinned?.key ?? null) : (stuck ?? null));
      const unit = role === "key" ? cell.key : role === "query" ? cell.query : startOf(role);
      if (!own && unit !== null) block.reveal(unit);
    }
  }

  told.onPoint = (cell) => session.hover(cell);
  told.onPin = (cell) => {
    own = false;
    session.pin(cell);
    session.hover(NOWHERE);
  };
  const forget = [
    session.on("opened", guard(update)),
    session.on("matrix", guard(update)),
    session.on("cell", guard(update)),
    session.on("scale", guard(draw)),
  ];
  update();
  return {
    element,
    layout() {},
    dispose() {
      for (const each of forget) each();
      ask.stop();
      asked.abort();
    },
  };
}
