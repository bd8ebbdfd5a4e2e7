import type { Range, Zoom } from "./zoom.ts";

/** What a chart does for pointers and keys. */
export interface Target {
  guard<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
  /** The step at a px of the stage. */
  stepAt(x: number): number;
  /** The step of the neighbour of the crosshair. */
  next(by: number): number | undefined;
  point(step: number | undefined, spoken?: boolean): void;
  drag(range: Range | undefined): void;
}

/** px that a pointer moves before it draws a range. */
const SLOP = 5;
const CLOSER = 0.7;

/**
 * Hovering shows values, dragging zooms, a double click shows everything; the wheel with Ctrl and
 * two fingers zoom, too. Keys: arrows, Home, End, + and -, 0, Shift with arrows, Escape.
 */
export function gestures(stage: HTMLElement, zoom: Zoom, target: Target): () => void {
  const { guard } = target;
  const down = new Map<number, number>();
  let start: number | undefined;

  const at = (event: MouseEvent) => event.clientX - stage.getBoundingClientRect().left;

  function apart(): number {
    const [one = 0, other = 0] = [...down.values()];
    return Math.max(10, Math.abs(one - other));
  }

  const on = {
    pointerdown(event: PointerEvent): void {
      if (event.button !== 0) return;
      down.set(event.pointerId, at(event));
      start = down.size === 1 ? at(event) : undefined;
      target.drag(undefined);
      if (event.pointerType !== "mouse") target.point(target.stepAt(at(event)));
    },
    pointermove(event: PointerEvent): void {
      const x = at(event);
      if (down.size === 2 && down.has(event.pointerId)) {
        const before = apart();
        down.set(event.pointerId, x);
        const [one = 0, other = 0] = [...down.values()];
        zoom.scale(before / apart(), target.stepAt((one + other) / 2));
        return;
      }
      target.point(target.stepAt(x));
      if (start === undefined || Math.abs(x - start) < SLOP) return;
      // Only now: to capture a pointer at once would keep double clicks away.
      stage.setPointerCapture?.(event.pointerId);
      const steps = [target.stepAt(start), target.stepAt(x)].sort((a, b) => a - b) as Range;
      target.drag(steps);
    },
    pointerup(event: PointerEvent): void {
      const x = at(event);
      if (start !== undefined && Math.abs(x - start) >= SLOP) {
        zoom.look([target.stepAt(start), target.stepAt(x)].sort((a, b) => a - b) as Range);
      }
      on.pointercancel(event);
    },
    pointercancel(event: PointerEvent): void {
      down.delete(event.pointerId);
      start = undefined;
      target.drag(undefined);
    },
    pointerleave(event: PointerEvent): void {
      if (start === undefined && event.pointerType === "mouse") target.point(undefined);
    },
    dblclick(): void {
      zoom.reset();
    },
    wheel(event: WheelEvent): void {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom.scale(
        Math.exp(Math.max(-40, Math.min(40, event.deltaY)) / 100),
        target.stepAt(at(event)),
      );
    },
    keydown(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = keys(event.shiftKey)[event.key];
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    },
    blur(): void {
      target.point(undefined);
    },
  };

  function keys(shift: boolean): Record<string, () => void> {
    const [first, last] = zoom.range;
    const middle = zoom.cursor ?? (first + last) / 2;
    const by = (last - first) / 4;
    const go = (steps: number) => target.point(target.next(steps), true);
    const pan = (distance: number) => zoom.look([first + distance, last + distance]);
    const closer = () => zoom.scale(CLOSER, middle);
    return {
      ArrowLeft: shift ? () => pan(-by) : () => go(-1),
      ArrowRight: shift ? () => pan(by) : () => go(1),
      PageUp: () => go(-20),
      PageDown: () => go(20),
      Home: () => target.point(first, true),
      End: () => target.point(last, true),
      "+": closer,
      "=": closer,
      "-": () => zoom.scale(1 / CLOSER, middle),
      "0": () => zoom.reset(),
      Escape: () => target.point(undefined),
    };
  }

  const listeners = Object.entries(on).map(([name, listener]) => {
    const guarded = guard(listener as (event: Event) => void);
    stage.addEventListener(name, guarded, name === "wheel" ? { passive: false } : undefined);
    return () => stage.removeEventListener(name, guarded);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}
