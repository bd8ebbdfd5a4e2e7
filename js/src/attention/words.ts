import words from "../../../tfwidgets/ui/strings/attention.json";
import type { KeyOf, Translator } from "../shared/i18n.ts";
import type { SharedKey } from "../shared/widget.ts";

export { words };
export type Words = Translator<KeyOf<typeof words> | SharedKey>;
