import runsWords from "../../../tfwidgets/ui/strings/runs.json";
import type { KeyOf, Translator } from "../shared/i18n.ts";
import type { SharedKey } from "../shared/widget.ts";

export { runsWords };
export type Key = KeyOf<typeof runsWords>;
export type Words = Translator<Key | SharedKey>;

/** The words of a table for `prefix.name`, or the name itself where there are none. */
export function named(t: Words, prefix: string, name: string): string {
  const key = `${prefix}.${name}`;
  return key in runsWords ? t(key as Key) : name;
}
