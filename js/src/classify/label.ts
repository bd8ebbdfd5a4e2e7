import { h } from "../shared/dom.ts";
import { outside } from "../shared/text.ts";

const TONES = 8;

/** The colour of a label, as custom property. Names always stand beside it. */
export function tone(label: number): Record<string, string> {
  return { "--tfw-tone": `var(--tfw-series-${label % TONES})` };
}

/** A label: swatch and name. */
export function labelTag(name: string, label: number): HTMLElement {
  return h(
    "span",
    { class: "tfw-label", style: tone(label), title: name },
    h("span", { class: "tfw-swatch", "aria-hidden": true }),
    outside(name, { class: "tfw-label-name" }),
  );
}
