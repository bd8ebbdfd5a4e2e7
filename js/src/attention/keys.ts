import { step } from "./matrix-name.ts";
import type { Session } from "./session.ts";

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey">;

/**
 * The key, unless it is a command of the browser or of JupyterLab. Many keyboards have brackets
 * only with AltGr or Option: to the event, that is Alt, on Windows with Ctrl.
 */
export function plainKey({ key, ctrlKey, altKey, metaKey }: Pressed): string | undefined {
  if (metaKey) return undefined;
  if (altKey) return key === "[" || key === "]" ? key : undefined;
  return ctrlKey ? undefined : key;
}

/** The same in all panes: another layer, another head. */
export function stepKeys(session: Session): Record<string, () => void> {
  const before = () => step(session, "head", -1);
  const after = () => step(session, "head", 1);
  return {
    PageUp: () => step(session, "layer", -1),
    PageDown: () => step(session, "layer", 1),
    "[": before,
    ",": before,
    "]": after,
    ".": after,
  };
}
