import usingWords from "../../../tfwidgets/ui/strings/using.json";
import type { KeyOf, Translator } from "../shared/i18n.ts";
import type { SharedKey } from "../shared/widget.ts";

export { usingWords };
export type Key = KeyOf<typeof usingWords>;
export type Words = Translator<Key | SharedKey>;
