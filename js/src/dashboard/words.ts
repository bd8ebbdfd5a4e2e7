import words from "../../../tfwidgets/ui/strings/dashboard.json";
import type { KeyOf, Translator } from "../shared/i18n.ts";
import { visible } from "../shared/text.ts";
import type { SharedKey } from "../shared/widget.ts";
import type { Said } from "./model.ts";

export { words };
export type WordKey = KeyOf<typeof words>;
export type Words = Translator<WordKey | SharedKey>;

/** The words for a key that comes from the kernel, or the key where there are none. */
export function wordsOr(t: Words, key: string, otherwise: string): string {
  const found = t(key as WordKey);
  return found === key ? otherwise : found;
}

/** A sentence of the kernel in the reader's language. */
export function said(sentence: Said | null | undefined, t: Pick<Words, "language">): string {
  if (!sentence) return "";
  return visible(typeof sentence === "string" ? sentence : (sentence[t.language] ?? ""));
}
