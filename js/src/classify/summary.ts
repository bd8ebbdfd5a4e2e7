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

/** One note as it is; several behind their number, for they push the table down. */
export function notes({ summary }: Session, t: Words): HTMLElement | undefined {
  const texts = summary.notes.map((note) => visible(note[t.language]));
  const [first] = texts;
  if (first === undefined) return undefined;
  if (texts.length === 1) return h("p", { class: "tfw-note" }, first);
  return h(
    "details",
    { class: "tfw-notes" },
    h("summary", {}, t("notes", { n: texts.length })),
    h("ul", {}, ...texts.map((text) => h("li", { class: "tfw-note" }, text))),
  );
}
