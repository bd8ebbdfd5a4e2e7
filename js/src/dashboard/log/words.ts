import logWords from "../../../../tfwidgets/ui/strings/dashboard-log.json";
import type { KeyOf, Translator } from "../../shared/i18n.ts";

export { logWords };
export type LogKey = KeyOf<typeof logWords>;
export type LogWords = Translator<LogKey>;
