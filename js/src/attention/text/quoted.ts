import type { Axis } from "../model.ts";
import { nameOf } from "../names.ts";

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** The name of a unit within a sentence: its writing direction stays its own. */
export function quoted(axis: Axis | undefined, unit: number): string {
  const name = nameOf(axis, unit);
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}
