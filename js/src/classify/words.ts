import classifyWords from "../../../tfwidgets/ui/strings/classify.json";
import type { KeyOf, Translator } from "../shared/i18n.ts";
import type { SharedKey } from "../shared/widget.ts";

export { classifyWords };
export type Words = Translator<KeyOf<typeof classifyWords> | SharedKey>;

/** "sports: 82 percent", for those who hear the table. */
export function spokenScore(t: Words, label: string, score: number): string {
  const share = t("percent", { n: t.percent(score).replace(/\s*%/, "") });
  return t("row.score", { label, share });
}

/** The name of a method in words, or as it is where there are none. */
export function methodName(t: Words, method: string): string {
  const key = `method.${method}`;
  return key in classifyWords ? t(key as KeyOf<typeof classifyWords>) : method;
}
