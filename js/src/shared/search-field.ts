import { h, type Props } from "./dom.ts";
import { rest } from "./rest.ts";

/** What is searched: it knows the text that was asked for last. */
interface Searched {
  readonly query: { text: string };
  ask(change: { text: string }): void;
}

interface FieldOptions {
  label: string;
  hint: string;
  /** How long (ms) typing rests before its text is asked for. */
  ms?: number;
  /** Further attributes. */
  props?: Props;
}

/** A field whose text is asked for once typing rests, at once with Enter, and emptied by Escape. */
export function searchField(session: Searched, { label, hint, ms, props }: FieldOptions) {
  const typing = rest(() => {
    if (element.value !== session.query.text) session.ask({ text: element.value });
  }, ms);
  const element = h("input", {
    type: "search",
    class: "tfw-input",
    placeholder: hint,
    "aria-label": label,
    autocomplete: "off",
    spellcheck: "false",
    oninput: typing.later,
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Enter") typing.now();
      else if (event.key === "Escape" && element.value !== "") {
        element.value = "";
        typing.now();
      } else return;
      // What is around it has its own use for these keys.
      event.preventDefault();
      event.stopPropagation();
    },
    ...props,
  });

  return {
    element,
    update(): void {
      // Not while someone types: rows of an earlier question may come in between.
      if (!typing.waiting()) element.value = session.query.text;
    },
    focus(): void {
      element.focus();
      element.select();
    },
    dispose: typing.stop,
  };
}
