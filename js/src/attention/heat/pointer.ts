import type { Cell, Range } from "../session.ts";
import { NOWHERE } from "../session.ts";
import type { Heat } from "./heat.ts";

/** px that the pointer may move in a click. */
const SLACK = 4;

interface Drag {
  id: number;
  /** Where it began, in px of the plot; where the view was. */
  x: number;
  y: number;
  origin: { x: number; y: number };
  box: boolean;
  moved: boolean;
}

/** Hovers, pins, pans, and zooms. A plain wheel scrolls the page. */
export function pointer(
  heat: Heat,
  guard: <A extends unknown[]>(f: (...a: A) => void) => (...a: A) => void,
) {
  const { stage, session } = heat;
  const fingers = new Map<number, { x: number; y: number }>();
  let drag: Drag | undefined;

  const point = ({ clientX, clientY }: MouseEvent) => {
    const box = stage.getBoundingClientRect();
    const { left, top } = heat.scene.gutter;
    return { x: clientX - box.left - left, y: clientY - box.top - top };
  };

  /** On labels, the row or column. */
  function under({ x, y }: { x: number; y: number }): Cell {
    const { size } = heat.scene;
    if (x > size.width || y > size.height) return NOWHERE;
    const at = heat.at(Math.max(0, x), Math.max(0, y));
    if (!at || (x < 0 && y < 0)) return NOWHERE;
    return { query: y < 0 ? null : at.query, key: x < 0 ? null : at.key };
  }

  function pinch(event: PointerEvent): void {
    const before = spread();
    fingers.set(event.pointerId, point(event));
    const after = spread();
    if (before && after) heat.zoom(after.far / Math.max(1, before.far), after);
  }

  function spread() {
    const [a, b] = [...fingers.values()];
    if (!a || !b) return undefined;
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, far: Math.hypot(a.x - b.x, a.y - b.y) };
  }

  stage.onpointerdown = guard((event: PointerEvent) => {
    if (event.button !== 0) return;
    const at = point(event);
    fingers.set(event.pointerId, at);
    if (fingers.size > 1) {
      drag = undefined;
      return;
    }
    const { x, y } = heat.scene.view;
    drag = { id: event.pointerId, ...at, origin: { x, y }, box: event.shiftKey, moved: false };
    // A touch scrolls the page unless there is something to pan.
    if (event.pointerType !== "touch" || heat.zoomed) stage.setPointerCapture(event.pointerId);
  });

  stage.onpointermove = guard((event: PointerEvent) => {
    if (fingers.size > 1) {
      pinch(event);
      return;
    }
    const at = point(event);
    if (!drag || drag.id !== event.pointerId) {
      session.hover(under(at));
      return;
    }
    drag.moved ||= Math.hypot(at.x - drag.x, at.y - drag.y) > SLACK;
    if (!drag.moved) return;
    if (drag.box) heat.draw({ box: boxOf(drag, at) });
    else {
      const { sx, sy } = heat.scene.view;
      heat.move(drag.origin.x - (at.x - drag.x) / sx, drag.origin.y - (at.y - drag.y) / sy);
    }
  });

  stage.onpointerup = guard((event: PointerEvent) => {
    fingers.delete(event.pointerId);
    if (!drag || drag.id !== event.pointerId) return;
    const { box, moved } = drag;
    const at = point(event);
    const started = drag;
    drag = undefined;
    heat.draw({ box: undefined });
    if (box && moved) {
      const range = rangeIn(boxOf(started, at));
      if (range) heat.show(range);
    } else if (!moved) {
      heat.pin(under(at));
    }
  });

  stage.onpointercancel = ({ pointerId }) => {
    fingers.delete(pointerId);
    drag = undefined;
  };
  stage.onpointerleave = guard(() => {
    if (!drag) session.hover(NOWHERE);
  });
  stage.ondblclick = guard((event: MouseEvent) =>
    heat.zoom(event.shiftKey ? 0.5 : 2, point(event)),
  );

  const wheel = guard((event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    heat.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY * lines)) / 120), point(event));
  });
  stage.addEventListener("wheel", wheel, { passive: false });

  function boxOf(from: { x: number; y: number }, to: { x: number; y: number }) {
    const { size } = heat.scene;
    const inside = (value: number, most: number) => Math.max(0, Math.min(most, value));
    const x = [inside(from.x, size.width), inside(to.x, size.width)].sort((a, b) => a - b);
    const y = [inside(from.y, size.height), inside(to.y, size.height)].sort((a, b) => a - b);
    const [left = 0, right = 0] = x;
    const [top = 0, bottom = 0] = y;
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  function rangeIn(box: ReturnType<typeof boxOf>): Range | undefined {
    const { view, bounds } = heat.scene;
    const rows = within(view.y + box.y / view.sy, box.height / view.sy, bounds.rows);
    const columns = within(view.x + box.x / view.sx, box.width / view.sx, bounds.columns);
    return rows[0] < rows[1] && columns[0] < columns[1] ? { rows, columns } : undefined;
  }
}

function within(from: number, length: number, [low, high]: [number, number]): [number, number] {
  return [Math.max(low, Math.floor(from)), Math.min(high, Math.ceil(from + length))];
}
