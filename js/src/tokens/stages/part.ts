import type { Context } from "../panel.ts";
import { partTranslator } from "../part-words.ts";
import { stagesPanel } from "./index.ts";

export default (context: Context) =>
  stagesPanel({ ...context, t: partTranslator(context.t.language) });
