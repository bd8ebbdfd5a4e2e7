import { type Child, h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { glyphName } from "../glyphs.ts";
import type { Mark } from "./units.ts";

// The joiner inside an emoji shows itself by joining.
const SIGNS =
  /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})|((?<=[\t\n]) +|(?<=.) {2,}|[\t\n\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff])/gu;
const BLANK = /[\t\n\xa0 ]/;

/** Text with signs for what shows nothing. The characters stay, so that copying gives them. */
export function signs(text: string, blanks: boolean): Child[] {
  const nodes: Child[] = [];
  let end = 0;
  for (const { 1: silent, index } of text.matchAll(SIGNS)) {
    if (silent === undefined) continue;
    const blank = BLANK.test(silent);
    if (blank && !blanks) continue;
    if (index > end) nodes.push(visible(text.slice(end, index)));
    const kind = silent[0] === " " ? "tok-dots" : blank ? "tok-blank" : "tok-box";
    const sign = kind === "tok-dots" ? undefined : (glyphName(silent) ?? "");
    nodes.push(h("span", { class: kind, "data-sign": sign }, silent));
    end = index + silent.length;
  }
  if (end < text.length) nodes.push(visible(text.slice(end)));
  return nodes;
}

/** A stretch of a text, underlined where it is annotated. */
export function marked(
  text: string,
  from: number,
  to: number,
  marks: Mark[],
  blanks: boolean,
): Child[] {
  const borders = marks.flatMap((mark) => [mark.from, mark.to]);
  const cuts = [...new Set([from, ...borders.filter((at) => at > from && at < to), to])];
  cuts.sort((a, b) => a - b);
  return cuts.slice(1).flatMap((stop, k) => {
    const start = cuts[k] as number;
    const nodes = signs(text.slice(start, stop), blanks);
    const inside = marks.some((mark) => mark.from <= start && stop <= mark.to);
    return inside ? [h("span", { class: "tok-marked" }, ...nodes)] : nodes;
  });
}
