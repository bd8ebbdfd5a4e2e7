import type { Context } from "../panel.ts";
import { partTranslator } from "../part-words.ts";
import { batchPanel } from "./index.ts";

export default (context: Context) =>
  batchPanel({ ...context, t: partTranslator(context.t.language) });
