import openWords from "../../../../tfwidgets/ui/strings/runs-open.json";
import sharedWords from "../../../../tfwidgets/ui/strings/shared.json";
import { type KeyOf, type Language, type Translator, translator } from "../../shared/i18n.ts";
import type { SharedKey } from "../../shared/widget.ts";

export type Key = KeyOf<typeof openWords>;
export type Words = Translator<Key | SharedKey>;

export const openTranslator = (language: Language): Words =>
  translator(language, sharedWords, openWords);

/** The words of a table for `prefix.name`, or the name itself where there are none. */
export function named(t: Words, prefix: string, name: string): string {
  const key = `${prefix}.${name}`;
  return key in openWords ? t(key as Key) : name;
}
