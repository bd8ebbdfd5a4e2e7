import { h } from "../shared/dom.ts";
import { tone } from "./label.ts";

/** A bar as long as a score between 0 and 1, in the colour of its label. */
export function bar(label: number, score: number): HTMLElement {
  const length = Number.isFinite(score) ? Math.max(0, Math.min(1, score)) : 0;
  return h("span", {
    class: "tfw-bar",
    "aria-hidden": true,
    style: { ...tone(label), "--tfw-length": `${(length * 100).toFixed(2)}%` },
  });
}
