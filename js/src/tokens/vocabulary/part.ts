import type { Context } from "../panel.ts";
import { partTranslator } from "../part-words.ts";
import { vocabularyPanel } from "./index.ts";

export default (context: Context) =>
  vocabularyPanel({ ...context, t: partTranslator(context.t.language) });
