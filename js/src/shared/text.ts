import { h } from "./dom.ts";

const DELETE = 0x7f;
const CONTROL_PICTURES = 0x2400;
const PICTURE_OF_DELETE = "\u2421";
const REPLACEMENT = "\ufffd";

// C0 but for tab and line feed, DEL, C1, and surrogates that belong to no pair.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const INVISIBLE = /[\0-\x08\x0b-\x1f\x7f-\x9f]|\p{Surrogate}/gu;

/** Text from outside with a visible sign for every character that shows nothing. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(INVISIBLE, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
    return code === DELETE ? PICTURE_OF_DELETE : REPLACEMENT;
  });
}

/** Text from outside as an element that keeps its writing direction to itself. */
export function outside(text: string, props: { class?: string; title?: string } = {}): HTMLElement {
  return h("bdi", { ...props, dir: "auto" }, visible(text));
}
