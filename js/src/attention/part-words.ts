import partWords from "../../../tfwidgets/ui/strings/attention-parts.json";
import sharedWords from "../../../tfwidgets/ui/strings/shared.json";
import { type KeyOf, type Translator, translator } from "../shared/i18n.ts";
import type { SharedKey } from "../shared/widget.ts";
import type { Context, Section } from "./context.ts";
import type { Words } from "./words.ts";

export type PartWords = Translator<KeyOf<typeof partWords> | SharedKey>;
export interface PartContext extends Context<PartWords> {
  /** The words of the bundle that everybody gets. */
  main: Words;
}

/** Makes the default export of a part: it brings its words with it. */
export const part =
  (make: (context: PartContext) => Section) =>
  (context: Context): Section =>
    make({
      ...context,
      main: context.t,
      t: translator(context.t.language, sharedWords, partWords),
    });
