import panelWords from "../../../tfwidgets/ui/strings/dashboard-panels.json";
import { type KeyOf, type Language, type Translator, translator } from "../shared/i18n.ts";

export type PanelKey = KeyOf<typeof panelWords>;
export type PanelWords = Translator<PanelKey>;

/** The words of the panels, which are in bundles of their own. */
export const panelTranslator = (language: Language): PanelWords => translator(language, panelWords);
