import { visible } from "../shared/text.ts";
import type { Axis } from "./model.ts";

const LONGEST = 60;

/** What a unit is called in one line: its label, else its piece, else a sign for nothing. */
export function nameOf(axis: Axis | undefined, unit: number): string {
  const label = axis?.labels[unit] ?? "";
  const text = label.trim() === "" ? (axis?.pieces[unit] ?? label) : label;
  const line = visible(text).replace(/\n/g, "⏎").replace(/\t/g, "⇥");
  if (line.trim() === "") return line.length > 0 ? "␣" : "∅";
  const characters = [...line.slice(0, 4 * LONGEST)];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : line;
}
