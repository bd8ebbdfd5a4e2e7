import type { Context } from "../context.ts";
import { plainKey } from "../keys.ts";
import type { textBlock } from "./block.ts";

interface Acts {
  guard: Context["guard"];
  count(): number;
  /** Where the keys begin. */
  start(): number;
  point(unit: number): void;
  pin(unit: number): void;
  free(): void;
  pinned(): boolean;
  /** What other keys do. */
  others?: Record<string, () => void>;
}

/** Goes through the tokens of a text by keys. */
export function blockKeys(block: ReturnType<typeof textBlock>, acts: Acts): void {
  const { body } = block;

  function go(unit: number): void {
    const goal = Math.max(0, Math.min(unit, acts.count() - 1));
    block.activate(goal);
    acts.point(goal);
  }

  /** The token below or above, as straight as possible. */
  function line(from: number, step: 1 | -1): number {
    const start = block.box(from);
    if (!start) return from;
    let best: { unit: number; top: number; aside: number } | undefined;
    const [first, last] = block.shown;
    for (let unit = from + step; unit >= first && unit < last; unit += step) {
      const box = block.box(unit);
      if (!box || step * (box.top - start.top) <= start.height / 2) continue;
      if (best && Math.abs(box.top - best.top) > start.height / 2) break;
      const aside = Math.abs(box.left + box.right - start.left - start.right);
      if (!best || aside < best.aside) best = { unit, top: box.top, aside };
    }
    return best?.unit ?? from;
  }

  body.onkeydown = acts.guard((event: KeyboardEvent) => {
    const key = plainKey(event);
    if (key === undefined || acts.count() === 0) return;
    const at = block.active;
    const forward = getComputedStyle(body).direction === "rtl" ? -1 : 1;
    const move = (unit: () => number) => () => go(at === undefined ? acts.start() : unit());
    const goals: Record<string, () => void> = {
      ...acts.others,
      ArrowRight: move(() => (at ?? 0) + forward),
      ArrowLeft: move(() => (at ?? 0) - forward),
      ArrowDown: move(() => line(at ?? 0, 1)),
      ArrowUp: move(() => line(at ?? 0, -1)),
      Home: () => go(0),
      End: () => go(acts.count() - 1),
      Enter: () => acts.pin(at ?? acts.start()),
      " ": () => acts.pin(at ?? acts.start()),
    };
    if (acts.pinned()) goals.Escape = () => acts.free();
    const act = goals[key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  });

  body.onfocus = acts.guard(() => {
    // A click has made something active already, or is about to.
    if (!body.matches(":focus-visible")) return;
    go(block.active ?? acts.start());
  });
}
