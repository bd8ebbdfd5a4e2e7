import hubWords from "../../../tfwidgets/ui/strings/hub.json";
import type { KeyOf, Translator } from "../shared/i18n.ts";
import type { SharedKey } from "../shared/widget.ts";

export { hubWords };
export type Key = KeyOf<typeof hubWords>;
export type Words = Translator<Key | SharedKey>;

/** The words of a table for `prefix.name`, or `otherwise` where there are none. */
export function named(t: Words, prefix: string, name: string, otherwise = name): string {
  const key = `${prefix}.${name}`;
  return key in hubWords ? t(key as Key) : otherwise;
}
