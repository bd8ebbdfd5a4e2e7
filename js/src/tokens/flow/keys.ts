import type { Core } from "./core.ts";
import { LINE } from "./list.ts";
import { firstOf, type Spot, stopsOf } from "./spots.ts";
import { markText } from "./text.ts";

type Step = 1 | -1;

/** Goes through the tokens by keys. What is not loaded is waited for: `resume` goes on. */
export function keys(core: Core) {
  const { scroller, list, state, guard, spots, options, drawn, mark, select, hover } = core;
  const { pages } = state;
  /** Shift is held: what is passed is selected. */
  let extend = false;
  /** Where the keys want to go as soon as it is loaded. */
  let goal: [unit: number, step: Step, extend: boolean] | undefined;

  function move(spot: Spot): void {
    const anchor = state.selection?.anchor ?? state.active ?? spot;
    if (extend) select(anchor, spot);
    state.active = spot;
    state.telling = extend;
    list.reveal(spot.unit);
    const edge = box(scroller);
    const element = drawn(spot);
    if (element) {
      const { top, bottom } = box(element);
      if (top < edge.top) scroller.scrollTop += top - edge.top - 2;
      else if (bottom > edge.bottom) scroller.scrollTop += bottom - edge.bottom + 3;
      list.render();
    }
    hover(undefined);
    mark();
    if (extend) markText(core);
  }

  /** To the first token from a unit on. */
  function seek(unit: number, step: Step): void {
    goal = undefined;
    for (let k = unit; k >= 0 && k < pages.total; k += step) {
      const found = pages.get(k);
      const stop = found && stopsOf(found).at(step > 0 ? 0 : -1);
      if (stop) move({ unit: k, stop });
      if (!found) {
        goal = [k, step, extend];
        list.reveal(k);
      }
      if (stop || !found) return;
    }
  }

  function next(step: Step): void {
    const { active } = state;
    if (!active) {
      seek(state.at.unit, 1);
      return;
    }
    const unit = pages.get(active.unit);
    const stops = unit ? stopsOf(unit) : [];
    const at = stops.findIndex(([{ index }]) => index === firstOf(active));
    const stop = stops[at + step];
    if (at >= 0 && stop) move({ unit: active.unit, stop });
    else seek(active.unit + step, step);
  }

  /** To the line above or below, as straight as possible; or else to the next unit. */
  function line(step: Step): void {
    const { active } = state;
    const element = active && drawn(active);
    if (!element) {
      next(step);
      return;
    }
    const from = box(element);
    let best: [element: Element, lines: number, aside: number] | undefined;
    for (const each of options()) {
      const to = box(each);
      const away = step > 0 ? to.top - from.bottom : from.top - to.bottom;
      if (to.height === 0 || away < -2) continue;
      const lines = Math.round(away / LINE);
      const aside = Math.abs(to.left + to.right - from.left - from.right);
      if (!best || lines < best[1] || (lines === best[1] && aside < best[2])) {
        best = [each, lines, aside];
      }
    }
    const spot = best && spots.get(best[0]);
    if (spot) move(spot);
    else seek(active.unit + step, step);
  }

  function screen(step: Step): void {
    const unit = state.active?.unit ?? state.at.unit;
    const far = list.find(list.top(unit) + step * list.height);
    const last = pages.total - 1;
    seek(far === unit ? Math.max(0, Math.min(unit + step, last)) : far, step);
  }

  function choose(): void {
    if (!state.active) return;
    select(state.active);
    markText(core);
  }

  function clear(): void {
    state.selection = undefined;
    state.telling = false;
    document.getSelection()?.removeAllRanges();
    mark();
  }

  scroller.onkeydown = guard((event: KeyboardEvent) => {
    const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
    if (ctrlKey || altKey || metaKey || (key === "Escape" && !state.selection)) return;
    extend = shiftKey;
    const current = state.active && drawn(state.active);
    const right = current?.closest<HTMLElement>("[dir]")?.dir === "rtl" ? -1 : 1;
    const acts: Record<string, () => void> = {
      ArrowRight: () => next(right),
      ArrowLeft: () => next(-right as Step),
      ArrowDown: () => line(1),
      ArrowUp: () => line(-1),
      PageDown: () => screen(1),
      PageUp: () => screen(-1),
      Home: () => seek(0, 1),
      End: () => seek(pages.total - 1, -1),
      Enter: choose,
      " ": choose,
      Escape: clear,
    };
    const act = acts[key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  });

  // The focus comes in by a key: something has to be active, and on screen.
  scroller.onfocus = guard(() => {
    if (list.pinned || (state.active && drawn(state.active))) return;
    const [first] = options();
    state.active = first && spots.get(first);
    mark();
  });

  return {
    resume(): void {
      if (!goal) return;
      extend = goal[2];
      seek(goal[0], goal[1]);
    },
  };
}

function box(element: Element): DOMRect {
  return element.getBoundingClientRect();
}
