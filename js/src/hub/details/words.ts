import abilityWords from "../../../../tfwidgets/ui/strings/hub-abilities.json";
import detailWords from "../../../../tfwidgets/ui/strings/hub-details.json";
import sharedWords from "../../../../tfwidgets/ui/strings/shared.json";
import { type KeyOf, type Language, type Translator, translator } from "../../shared/i18n.ts";
import type { SharedKey } from "../../shared/widget.ts";

export type Key = KeyOf<typeof detailWords> | KeyOf<typeof abilityWords>;
export type Words = Translator<Key | SharedKey>;

export const detailsTranslator = (language: Language): Words =>
  translator(language, sharedWords, abilityWords, detailWords);

/** The words of the table for `prefix.name`, or the name itself where there are none. */
export function named(t: Words, prefix: string, name: string): string {
  const key = `${prefix}.${name}`;
  return key in detailWords ? t(key as Key) : name;
}
