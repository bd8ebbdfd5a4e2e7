import { plainKey, stepKeys } from "../keys.ts";
import type { Heat } from "./heat.ts";

const ARROWS: Record<string, [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** Share of what is on screen that a key pans by. */
const PAN = 0.2;

export function keys(
  heat: Heat,
  guard: (f: (event: KeyboardEvent) => void) => (event: KeyboardEvent) => void,
) {
  const { stage, session } = heat;

  function act(key: string, shiftKey: boolean): boolean {
    const arrow = ARROWS[key];
    if (arrow && shiftKey) {
      const { view, size } = heat.scene;
      const [x, y] = arrow;
      heat.move(
        view.x + (x * PAN * size.width) / view.sx,
        view.y + (y * PAN * size.height) / view.sy,
      );
      return true;
    }
    if (arrow) {
      heat.walk(...arrow);
      return true;
    }
    const { bounds } = heat.scene;
    const acts: Record<string, () => void> = {
      "+": () => heat.zoom(1.5),
      "=": () => heat.zoom(1.5),
      "-": () => heat.zoom(1 / 1.5),
      "0": () => heat.show(bounds),
      Enter: () => heat.pin(session.cell),
      " ": () => heat.pin(session.cell),
      ...stepKeys(session),
      Home: () => heat.go({ query: session.cell.query, key: bounds.columns[0] }),
      End: () => heat.go({ query: session.cell.query, key: bounds.columns[1] - 1 }),
    };
    if (session.pinned) acts.Escape = () => session.pin(undefined);
    acts[key]?.();
    return key in acts;
  }

  stage.onkeydown = guard((event: KeyboardEvent) => {
    const key = plainKey(event);
    if (key === undefined || !act(key, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  });
}
