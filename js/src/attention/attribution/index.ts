import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import { notes } from "../../shared/notes.ts";
import { isAbort } from "../../shared/protocol.ts";
import { visible } from "../../shared/text.ts";
import type { Section } from "../context.ts";
import type { Attribution, AttributionMethod } from "../model.ts";
import { nameOf } from "../names.ts";
import type { PartContext } from "../part-words.ts";
import type { Session } from "../session.ts";
import { textBlock } from "../text/block.ts";
import { blockKeys } from "../text/keys.ts";
import { ranked, tintsOf } from "./scores.ts";
import "./attribution.css";

const LISTED = 5;

interface State {
  method: AttributionMethod | undefined;
  /** What was computed, and for which text and units. */
  found: { reply: Attribution; scores: Float32Array[]; about: string } | undefined;
}

// What was computed outlives a change of language.
const states = new WeakMap<Session, State>();

/** How much each token speaks for an answer; computed only when the reader asks for it. */
export function attributionSection(context: PartContext): Section {
  const { session, kernel, t, guard } = context;
  const state = states.get(session) ?? { method: undefined, found: undefined };
  states.set(session, state);
  const about = () => JSON.stringify([session.item, session.lens]);
  const signed = new Intl.NumberFormat(t.language, {
    signDisplay: "exceptZero",
    maximumSignificantDigits: 3,
  });
  const method = h("select", {
    class: "tfw-input",
    "aria-label": t("attribution.method"),
    onchange: guard(() => {
      state.method = method.value as AttributionMethod;
      explain();
    }),
  });
  const compute = h(
    "button",
    {
      type: "button",
      class: "tfw-button",
      // Methods can disagree: another one is asked about the same answer at the same place.
      onclick: guard(() => void ask(state.found?.reply.target.index, here())),
    },
    t("attribution.compute"),
  );
  const target = h("select", {
    class: "tfw-input att-x-target",
    "aria-label": t("attribution.target"),
    onchange: guard(() => void ask(Number(target.value), here())),
  });
  const choice = h("label", { hidden: true }, t("attribution.target"), " ", target);
  const cost = h("p", { class: "tfw-muted" });
  const busy = h("span", { class: "tfw-muted", role: "status" });
  const problem = h("div", { class: "tfw-problem" });
  const result = h("div", { class: "att-x-result" });
  // One and the same, so that it is heard when it says something else.
  const line = h("p", { class: "att-x-line", role: "status" });
  const element = h(
    "div",
    { class: "att-x" },
    h("div", { class: "tfw-bar-of-controls" }, method, compute, choice, busy),
    cost,
    problem,
    result,
    h(
      "details",
      { class: "att-x-caution" },
      h("summary", {}, t("attribution.caution")),
      h("p", {}, t("attribution.caution.more")),
    ),
  );
  let asked = new AbortController();
  /** Where the answer was read. */
  const here = () => state.found?.reply.position;

  function offer(): void {
    const methods = session.opened?.can.attribution ?? [];
    if (!state.method || !methods.includes(state.method)) state.method = methods[0];
    fill(
      method,
      ...methods.map((name) =>
        h("option", { value: name, selected: name === state.method }, t(`attribution.${name}`)),
      ),
    );
    compute.disabled = methods.length === 0;
    explain();
  }

  function explain(): void {
    cost.textContent = state.method ? t(`attribution.cost.${state.method}`) : "";
  }

  async function ask(chosen: number | null = null, position: number | null = null): Promise<void> {
    if (!state.method) return;
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const of = about();
    fill(problem);
    busy.textContent = t("attribution.busy");
    element.setAttribute("aria-busy", "true");
    try {
      const reply = await kernel.attribute(
        { item: session.item, method: state.method, position, target: chosen, lens: session.lens },
        signal,
      );
      if (signal.aborted) return;
      state.found = { reply, scores: reply.scores, about: of };
      draw();
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      fill(
        problem,
        alert(error, t, () => void ask(chosen, position)),
      );
    }
    rested();
  }

  function rested(): void {
    busy.textContent = "";
    element.removeAttribute("aria-busy");
  }

  /** Made anew with each answer; the keys stay where they were. */
  let blocks: ReturnType<typeof textBlock>[] = [];

  function draw(): void {
    const { found } = state;
    const { opened } = session;
    choice.hidden = !found;
    if (!found || !opened) {
      fill(result, h("p", { class: "att-x-nothing tfw-muted" }, t("attribution.nothing")));
      return;
    }
    const { reply, scores } = found;
    fill(
      target,
      ...choices(reply).map(({ index, label, probability }) =>
        h(
          "option",
          { value: index, selected: index === reply.target.index },
          `${visible(label).slice(0, 60)} · ${t.percent(probability, 1)}`,
        ),
      ),
    );
    const tints = tintsOf(scores);
    const at = blocks.findIndex(({ body }) => body === document.activeElement);
    const unit = blocks[at]?.active;
    line.textContent = t("attribution.hint");
    const said = (axis: number, unit: number) => {
      const score = scores[axis]?.[unit] ?? Number.NaN;
      line.textContent = t("attribution.score", {
        token: nameOf(opened.axes[axis], unit),
        score: Number.isNaN(score) ? "NaN" : signed.format(score),
      });
    };
    const last = opened.axes.length - 1;
    blocks = opened.axes.map((axis, k) => {
      const block = textBlock(
        axis,
        session.flags[k] ?? new Uint8Array(),
        t(`text.axis.${axis.name}`),
        t,
      );
      block.tint((unit) => tints(k, unit));
      if (k === last && reply.position !== null) block.mark([[reply.position, "query"]]);
      const elsewhere = (unit: number) => {
        if (k === last && reply.positions) void ask(null, unit);
      };
      block.body.onpointerover = guard((event: PointerEvent) => {
        const unit = block.unitAt(event.target);
        if (unit !== undefined) said(k, unit);
      });
      block.body.onclick = guard((event: MouseEvent) => {
        const unit = block.unitAt(event.target);
        if (unit !== undefined) elsewhere(unit);
      });
      blockKeys(block, {
        guard,
        count: () => axis.count,
        start: () => (k === last ? (reply.position ?? 0) : 0),
        point: (unit) => said(k, unit),
        pin: elsewhere,
        free() {},
        pinned: () => false,
      });
      return block;
    });
    const place = reply.position === null ? "" : nameOf(opened.axes[last], reply.position);
    fill(
      result,
      h(
        "p",
        {},
        t(`attribution.says.${reply.method}`, {
          answer: visible(reply.target.label),
          probability: t.percent(reply.target.probability, 1),
        }),
        place &&
          ` ${t(reply.next ? "attribution.place.next" : "attribution.place", { token: place })}`,
        reply.positions && ` ${t("attribution.elsewhere")}`,
      ),
      notes(reply.notes, t) ?? null,
      h(
        "div",
        { class: "att-x-legend", "aria-hidden": true },
        h("span", { class: "att-x-minus" }, t("attribution.minus")),
        h("span", { class: "att-x-ramp" }),
        h("span", { class: "att-x-plus" }, t("attribution.plus")),
      ),
      ...blocks.map(({ element }) => element),
      line,
      list(scores, "plus"),
      list(scores, "minus"),
      !!reply.hidden &&
        h(
          "p",
          { class: "tfw-muted" },
          t("attribution.hidden", { score: signed.format(reply.hidden) }),
        ),
    );
    const again = blocks[at];
    again?.activate(unit);
    again?.body.focus({ preventScroll: true });
  }

  function list(scores: Float32Array[], sign: "plus" | "minus"): HTMLElement {
    const found = ranked(scores, LISTED)[sign];
    return h(
      "p",
      { class: "att-x-list" },
      h("span", { class: "tfw-muted" }, t(`attribution.most.${sign}`)),
      ...found.map(({ axis, unit, score }) =>
        h(
          "span",
          { class: `att-x-token att-x-${sign}` },
          h("bdi", {}, nameOf(session.opened?.axes[axis], unit)),
          " ",
          h("span", { class: "tfw-muted" }, signed.format(score)),
        ),
      ),
      found.length === 0 && "–",
    );
  }

  function refresh(): void {
    if (state.found && state.found.about !== about()) {
      state.found = undefined;
      asked.abort();
      rested();
      fill(problem);
    }
    offer();
    draw();
  }

  const forget = session.on("opened", guard(refresh));
  refresh();
  return {
    element,
    layout() {},
    dispose() {
      forget();
      asked.abort();
    },
  };
}

/** The likeliest answers, and the one that was asked for where it is none of them. */
function choices({ choices, target }: Attribution) {
  return choices.some(({ index }) => index === target.index) ? choices : [target, ...choices];
}
