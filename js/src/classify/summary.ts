import { h } from "../shared/dom.ts";
import { visible } from "../shared/text.ts";
import type { Session } from "./session.ts";
import { methodName, type Words } from "./words.ts";

/** What was classified and how, and what a reader should know about it. */
export function summaryLine({ summary, labels }: Session, t: Words): HTMLElement {
  const facts = [
    t("count.texts", { n: summary.total }),
    t("count.labels", { n: labels.length }),
    methodName(t, summary.method),
    visible(summary.model),
    summary.missing > 0 && t("count.missing", { n: summary.missing }),
  ];
  return h("p", { class: "tfw-summary" }, facts.filter(Boolean).join(" · "));
}
