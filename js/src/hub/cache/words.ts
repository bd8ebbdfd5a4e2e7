import cacheWords from "../../../../tfwidgets/ui/strings/hub-cache.json";
import sharedWords from "../../../../tfwidgets/ui/strings/shared.json";
import { type KeyOf, type Language, type Translator, translator } from "../../shared/i18n.ts";
import type { SharedKey } from "../../shared/widget.ts";

export type Key = KeyOf<typeof cacheWords>;
export type Words = Translator<Key | SharedKey>;

export const cacheTranslator = (language: Language): Words =>
  translator(language, sharedWords, cacheWords);

/** Why a model stays, in words. */
export function why(reason: string, t: Words): string {
  const key = `kept.${reason}`;
  return key in cacheWords ? t(key as Key) : reason;
}
