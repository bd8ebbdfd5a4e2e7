import type { Context } from "../context.ts";
import { plainKey, stepKeys } from "../keys.ts";
import { type Cell, NOWHERE, type Session } from "../session.ts";
import { pointAt } from "../text/focus.ts";
import { dragged, type Geometry, hit, onStrip, type Side } from "./geometry.ts";

type Spot = { side: Side; unit: number };

interface Arcs {
  canvas: HTMLCanvasElement;
  session: Session;
  guard: Context["guard"];
  geometry(): Geometry;
  scroll(to: number): void;
  caret(): Spot | undefined;
  move(to: Spot | undefined): void;
  /** The reader is in this pane. */
  own(is: boolean): void;
}

/** Pointer, wheel and keys of the two columns. */
export function hands(arcs: Arcs): void {
  const { canvas, session, guard, geometry, scroll, caret, move, own } = arcs;
  let dragging = false;

  function point(spot: Spot): void {
    own(true);
    session.hover(pointAt(spot.unit, spot.side, session.pinned, "to"));
  }

  function pin({ side, unit }: Spot): void {
    const cell: Cell = { query: null, key: null, [side]: unit };
    const { pinned } = session;
    const again = pinned?.query === cell.query && pinned?.key === cell.key;
    session.pin(again ? undefined : cell);
    session.hover(cell);
  }

  function leave(): void {
    own(false);
    session.hover(NOWHERE);
  }

  canvas.onpointermove = guard((event: PointerEvent) => {
    if (dragging) {
      scroll(dragged(geometry(), event.offsetY));
      return;
    }
    const spot = hit(geometry(), event.offsetX, event.offsetY);
    canvas.style.cursor = spot ? "pointer" : "";
    if (event.pointerType === "touch") return;
    if (spot) point(spot);
    else leave();
  });
  canvas.onpointerleave = guard(leave);
  canvas.onpointerdown = guard((event: PointerEvent) => {
    if (event.offsetX < onStrip(geometry())) return;
    dragging = true;
    canvas.setPointerCapture(event.pointerId);
    scroll(dragged(geometry(), event.offsetY));
  });
  canvas.onpointerup = () => {
    dragging = false;
  };
  canvas.onpointercancel = canvas.onpointerup;
  canvas.onclick = guard((event: MouseEvent) => {
    const spot = hit(geometry(), event.offsetX, event.offsetY);
    if (!spot) return;
    move(spot);
    own(true);
    pin(spot);
  });

  // The page scrolls, unless the reader has come in here.
  canvas.addEventListener(
    "wheel",
    guard((event: WheelEvent) => {
      if (!canvas.matches(":focus") || event.ctrlKey || event.metaKey) return;
      const at = geometry();
      const goal = at.scroll + event.deltaY * (event.deltaMode === 1 ? 18 : 1);
      if ((goal < 0 && at.scroll === 0) || (goal > at.most && at.scroll === at.most)) return;
      event.preventDefault();
      scroll(goal);
    }),
    { passive: false },
  );

  function go(side: Side, unit: number): void {
    const { rows, columns } = geometry().range;
    const [from, to] = side === "query" ? rows : columns;
    if (to <= from) return;
    const spot = { side, unit: Math.max(from, Math.min(unit, to - 1)) };
    move(spot);
    point(spot);
  }

  function start(): Spot {
    const { query, key } = session.cell;
    const known = caret();
    if (query !== null) return { side: "query", unit: query };
    if (key !== null) return { side: "key", unit: key };
    return known ?? { side: "query", unit: geometry().range.rows[0] };
  }

  canvas.onkeydown = guard((event: KeyboardEvent) => {
    const key = plainKey(event);
    if (key === undefined) return;
    const { side, unit } = caret() ?? start();
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(side, unit + 1),
      ArrowUp: () => go(side, unit - 1),
      ArrowLeft: () => go("query", unit),
      ArrowRight: () => go("key", unit),
      Home: () => go(side, 0),
      End: () => go(side, Number.MAX_SAFE_INTEGER),
      Enter: () => pin({ side, unit }),
      " ": () => pin({ side, unit }),
      ...stepKeys(session),
    };
    if (session.pinned) {
      acts.Escape = () => {
        session.pin(undefined);
        leave();
      };
    }
    const act = acts[key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.onfocus = guard(() => {
    if (!canvas.matches(":focus-visible")) return;
    const { side, unit } = start();
    go(side, unit);
  });
  canvas.onblur = guard(leave);
}
