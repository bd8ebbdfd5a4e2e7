import { h } from "../shared/dom.ts";
import "./glyphs.css";

const SIGNS: Record<string, string> = {
  " ": "·",
  "\t": "→",
  "\n": "⏎",
  "\u00a0": "⍽",
  "\u00ad": "SHY",
  "\u200b": "ZWSP",
  "\u200c": "ZWNJ",
  "\u200d": "ZWJ",
  "\u200e": "LRM",
  "\u200f": "RLM",
  "\u2060": "WJ",
  "\ufeff": "BOM",
};
const CONTROL_PICTURES = 0x2400;
const DELETE = "\x7f";

/** Controls, formats, separators and lone surrogates: whatever shows nothing of its own. */
const SILENT = /^[\p{Cc}\p{Cf}\p{Z}\p{Cs}]$/u;

// The joiner of an emoji and the tags of a flag are no characters of their own. Arabic numbers have
// format characters that are drawn.
const PARTS =
  /(?<=\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})*)\u200d(?=\p{Extended_Pictographic})|(?<=\u{1f3f4}[\u{e0020}-\u{e007f}]*)[\u{e0020}-\u{e007f}]|[\u0600-\u0605\u06dd]|( +|[\p{Cc}\p{Cf}\p{Z}\p{Cs}])/gu;

/** What is shown for a character that shows nothing: a sign of one character, or a name. */
export function glyphName(char: string): string | undefined {
  if (SIGNS[char]) return SIGNS[char];
  if (!SILENT.test(char)) return undefined;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  if (char === DELETE) return "␡";
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Text from outside with a sign for everything that shows nothing; plain stretches stay strings. */
export function glyphs(text: string): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(PARTS)) {
    const silent = match[1];
    if (silent === undefined) continue;
    if (match.index > end) nodes.push(text.slice(end, match.index));
    const [first = ""] = silent;
    const name = glyphName(first) ?? first;
    const boxed = name.length > 1;
    const shown = boxed ? name : name.repeat(silent.length);
    nodes.push(h("span", { class: boxed ? "tok-glyph tok-boxed" : "tok-glyph" }, shown));
    end = match.index + silent.length;
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}
