import sharedWords from "../../../tfwidgets/ui/strings/shared.json";
import partWords from "../../../tfwidgets/ui/strings/tokens-panels.json";
import { type KeyOf, type Language, type Translator, translator } from "../shared/i18n.ts";
import type { SharedKey } from "../shared/widget.ts";

export type PartWords = Translator<KeyOf<typeof partWords> | SharedKey>;

/** The words of the panels that are bundles of their own. */
export const partTranslator = (language: Language): PartWords =>
  translator(language, sharedWords, partWords);
