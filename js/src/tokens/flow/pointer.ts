import type { Core } from "./core.ts";
import { firstOf, type Span } from "./spots.ts";
import { copyText, markText, takeText } from "./text.ts";

/** A pointer that moved less (px) has clicked and not marked text. */
const STILL = 4;

/** Hovering tells, clicking selects, and marking text selects what it touches. */
export function pointer(core: Core) {
  const { scroller, body, list, state, guard, spots, select, hover } = core;
  const gone = new AbortController();
  let pressed = { clientX: 0, clientY: 0 };
  let moved: AbortController | undefined;

  function under(target: EventTarget | null): Span | undefined {
    if (!(target instanceof Element) || !body.contains(target)) return undefined;
    const group = target.closest("[role=option]") ?? target.closest(".tok-group");
    const all = group?.matches(".tok-group") ? [...group.children] : [group];
    const found = all.flatMap((each) => (each && spots.get(each)) ?? []);
    const [from] = found;
    const to = found.at(-1);
    return from && to && { from, to };
  }

  /** Whether this ends a click; a second one marks a word. */
  function clicks({ detail, clientX, clientY }: MouseEvent): boolean {
    const far = Math.hypot(clientX - pressed.clientX, clientY - pressed.clientY);
    return detail < 2 && far < STILL;
  }

  const release = guard((event: MouseEvent) => {
    moved?.abort();
    if (!clicks(event)) takeText(core);
    list.pinned = false;
    list.render();
  });

  scroller.onmouseover = guard(({ target }: MouseEvent) => {
    if (!list.pinned) hover(under(target));
  });
  scroller.onmouseleave = guard(() => hover(undefined));
  scroller.onmousedown = guard((event: MouseEvent) => {
    if (event.button !== 0) return;
    pressed = event;
    list.pinned = true;
    // A press on marked text would else begin to drag it.
    if (event.detail < 2 && !event.shiftKey) document.getSelection()?.removeAllRanges();
    moved = new AbortController();
    const signal = AbortSignal.any([gone.signal, moved.signal]);
    document.addEventListener("mouseup", release, { signal });
    document.addEventListener(
      "selectionchange",
      guard(() => takeText(core)),
      { signal },
    );
  });
  scroller.onclick = guard((event: MouseEvent) => {
    const where = under(event.target);
    if (!where || !(event.shiftKey || clicks(event))) return;
    const anchor = event.shiftKey && (state.selection?.anchor ?? state.active);
    if (!anchor) select(where.from, where.to);
    else select(anchor, firstOf(anchor) <= firstOf(where.to) ? where.to : where.from);
    markText(core);
  });
  scroller.oncopy = guard((event: ClipboardEvent) => {
    if (copyText(event.clipboardData)) event.preventDefault();
  });

  return () => gone.abort();
}
