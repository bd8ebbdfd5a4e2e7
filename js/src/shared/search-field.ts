import { h } from "./dom.ts";
import type { Translator } from "./i18n.ts";
import { rest } from "./rest.ts";

/** What is searched: it knows the text that was asked for last. */
interface Searched {
  readonly query: { text: string };
  ask(change: { text: string }): void;
}

/** A field whose text is asked for once typing rests, or at once with Enter. */
export function searchField(session: Searched, t: Translator<"filter.text" | "filter.text-hint">) {
  const typing = rest(() => {
    if (element.value !== session.query.text) session.ask({ text: element.value });
  });
  const element = h("input", {
    type: "search",
    class: "tfw-input",
    placeholder: t("filter.text-hint"),
    "aria-label": t("filter.text"),
    oninput: typing.later,
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Enter") typing.now();
    },
  });

  return {
    element,
    update(): void {
      // Not while someone types: rows of an earlier question may come in between.
      if (!typing.waiting()) element.value = session.query.text;
    },
    dispose: typing.stop,
  };
}
