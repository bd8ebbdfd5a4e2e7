import { fill, h, set, uniqueId } from "../../shared/dom.ts";
import { type Axis, FLAGS } from "../model.ts";
import { nameOf } from "../names.ts";
import type { PartWords } from "../part-words.ts";
import { windowAround } from "./focus.ts";
import "./text.css";

/** Units that are in the document at once. */
const MOST = 1200;

/** How a token is drawn: shares of 0 to 1, NaN where the weight is none. */
export interface Tint {
  to: number | undefined;
  by: number | undefined;
}

/** One text as it reads, a span for each unit; of long ones a part. */
export function textBlock(axis: Axis, flags: Uint8Array, label: string, t: PartWords) {
  const id = uniqueId("att-text");
  const body = h("div", {
    class: "att-t-body",
    role: "listbox",
    tabindex: 0,
    dir: "auto",
    "aria-label": label,
  });
  const above = more((from) => from - 1);
  const below = more((_, to) => to);
  const element = h(
    "div",
    { class: "att-t-box", "data-long": axis.count > MOST },
    above,
    body,
    below,
  );
  let shown: [from: number, to: number] = [0, 0];
  let spans: HTMLElement[] = [];
  let marks: [unit: number, mark: string][] = [];
  let active: number | undefined;
  let tints: ((unit: number) => Tint) | undefined;

  function more(goal: (from: number, to: number) => number): HTMLButtonElement {
    return h("button", {
      type: "button",
      class: "tfw-button att-t-more",
      tabindex: -1,
      onclick: () => {
        const unit = goal(...shown);
        show(unit);
        reveal(unit);
      },
    });
  }

  const span = (unit: number) => spans[unit - shown[0]];

  function show(unit: number): void {
    const [from, to] = windowAround(axis.count, unit, MOST, shown);
    if (from === shown[0] && to === shown[1]) return;
    shown = [from, to];
    spans = [];
    const nodes: (Node | string)[] = [];
    for (let k = from; k < to; k++) {
      const flag = flags[k] ?? 0;
      if (k > from && flag & FLAGS.breakBefore) nodes.push("\n");
      else if (k > from && flag & FLAGS.blankBefore) nodes.push(" ");
      const piece = h(
        "span",
        {
          class: flag & FLAGS.special ? "att-t att-t-special" : "att-t",
          id: `${id}-${k}`,
          role: "option",
          "aria-selected": false,
          "data-unit": k,
        },
        nameOf(axis, k),
      );
      if (k === axis.split) nodes.push(h("span", { class: "att-t-split", "aria-hidden": true }));
      spans.push(piece);
      nodes.push(piece);
    }
    fill(body, ...(nodes as Node[]));
    above.hidden = from === 0;
    below.hidden = to === axis.count;
    above.textContent = t("text.before", { n: from });
    below.textContent = t("text.after", { n: axis.count - to });
    draw();
  }

  function draw(): void {
    for (const [k, piece] of spans.entries()) {
      const { to, by } = tints?.(shown[0] + k) ?? { to: undefined, by: undefined };
      tint(piece, "--att-to", to);
      tint(piece, "--att-by", by);
      piece.toggleAttribute("data-nan", Number.isNaN(to) || Number.isNaN(by));
    }
    mark(marks);
  }

  function mark(now: [unit: number, mark: string][]): void {
    for (const piece of body.querySelectorAll("[data-mark]")) piece.removeAttribute("data-mark");
    marks = now;
    for (const [unit, name] of now) span(unit)?.setAttribute("data-mark", name);
  }

  function reveal(unit: number): void {
    const piece = span(unit);
    if (!piece || element.scrollHeight <= element.clientHeight) return;
    const inner = piece.getBoundingClientRect();
    const outer = element.getBoundingClientRect();
    if (inner.top < outer.top) element.scrollTop += inner.top - outer.top - 8;
    else if (inner.bottom > outer.bottom) element.scrollTop += inner.bottom - outer.bottom + 8;
  }

  show(0);
  return {
    element,
    body,
    get active() {
      return active;
    },
    unitAt(target: EventTarget | null): number | undefined {
      const found = target instanceof Element ? target.closest("[data-unit]") : null;
      return found && body.contains(found) ? Number(found.getAttribute("data-unit")) : undefined;
    },
    /** The place of a unit's line, to go up and down; undefined where it is not drawn. */
    box: (unit: number) => span(unit)?.getBoundingClientRect(),
    get shown() {
      return shown;
    },
    activate(unit: number | undefined): void {
      if (active !== undefined) span(active)?.removeAttribute("data-active");
      active = unit;
      if (unit !== undefined) {
        show(unit);
        reveal(unit);
        span(unit)?.setAttribute("data-active", "");
      }
      set(body, "aria-activedescendant", unit === undefined ? null : `${id}-${unit}`);
    },
    select(unit: number | null): void {
      for (const piece of body.querySelectorAll('[aria-selected="true"]')) {
        piece.setAttribute("aria-selected", "false");
      }
      if (unit !== null) span(unit)?.setAttribute("aria-selected", "true");
    },
    /** Brings a unit on screen, within this text only: the page stays where it is. */
    reveal(unit: number): void {
      show(unit);
      reveal(unit);
    },
    tint(now: ((unit: number) => Tint) | undefined): void {
      tints = now;
      draw();
    },
    mark,
  };
}

function tint(piece: HTMLElement, name: string, share: number | undefined): void {
  const value = share ? `${Math.round(100 * share)}%` : "";
  if (piece.style.getPropertyValue(name) === value) return;
  if (value) piece.style.setProperty(name, value);
  else piece.style.removeProperty(name);
}
