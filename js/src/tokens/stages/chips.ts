import { type Child, h } from "../../shared/dom.ts";
import { glyphs } from "../glyphs.ts";
import type { Run, StagePiece } from "../model.ts";

/** Neighbouring words must differ; more tints would be hard to tell apart. */
const TINTS = 5;

/** Text of a token, with a line of small print below it where there is any. */
export function bit(text: string, small?: string | number, kind = "text"): HTMLElement {
  return h("span", { class: "tok-bit", "data-kind": kind }, bdi(text), print(small));
}

/** Text of a token among other words. */
export function bdi(text: string): HTMLElement {
  return h("bdi", { dir: "auto" }, ...glyphs(text));
}

/** A piece of a stage; one of a word may be a button that opens the word. */
export function chip({ runs, word, kind, id }: StagePiece, opens: boolean): HTMLElement {
  const ofWord = word >= 0 && { "data-word": word, "data-tint": word % TINTS };
  // An added token is taken as it is: there is nothing to derive.
  const button = opens &&
    ofWord &&
    kind === "text" && { type: "button", tabindex: -1, "aria-pressed": false };
  const props = { class: "tok-bit", "data-kind": kind, ...ofWord, ...button };
  const text = h("bdi", { dir: "auto" }, ...runs.flatMap(drawn));
  return h(button ? "button" : "span", props, text, print(id));
}

function print(small: string | number | undefined): Child {
  return small !== undefined && h("small", {}, small);
}

function drawn({ text, kind }: Run): (Node | string)[] {
  if (kind === "same") return glyphs(text);
  return [h(kind === "changed" ? "mark" : "del", {}, ...glyphs(text))];
}

/** Makes the buttons of a line one stop of the Tab key; arrows lead from one to the next. */
export function roving(line: HTMLElement): void {
  const buttons = [...line.querySelectorAll("button")];
  let current = 0;
  const enter = (index: number) => {
    const [from, to] = [buttons[current], buttons[index]];
    if (!from || !to) return;
    from.tabIndex = -1;
    to.tabIndex = 0;
    current = index;
  };
  enter(0);
  line.addEventListener("focusin", ({ target }) => enter(buttons.indexOf(target as never)));
  line.addEventListener("keydown", (event) => {
    const { key, ctrlKey, altKey, metaKey } = event;
    const goals: Record<string, number> = {
      ArrowLeft: current - 1,
      ArrowRight: current + 1,
      Home: 0,
      End: buttons.length - 1,
    };
    const goal = goals[key];
    if (goal === undefined || ctrlKey || altKey || metaKey) return;
    buttons[goal]?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
}
