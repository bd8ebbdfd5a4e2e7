import { h } from "./dom.ts";
import type { Language, Translator } from "./i18n.ts";
import { visible } from "./text.ts";

/** A sentence of the kernel in every language, so that a view may switch. */
export type Message = Record<Language, string>;

/** One note as it is; several behind their number, for they push the table down. */
export function notes(messages: Message[], t: Translator<"notes">): HTMLElement | undefined {
  const texts = messages.map((message) => visible(message[t.language]));
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
