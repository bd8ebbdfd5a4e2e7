import type { Language } from "../shared/i18n.ts";

const names = new Map<string, Intl.DisplayNames>();

/** A language's name for its code; `multilingual`: what stands for several at once. */
export function languageName(code: string, language: Language, multilingual: string): string {
  if (code === "multilingual") return multilingual;
  const known = names.get(language) ?? new Intl.DisplayNames(language, { type: "language" });
  names.set(language, known);
  try {
    return known.of(code) ?? code;
  } catch {
    return code; // cards name what they like
  }
}
