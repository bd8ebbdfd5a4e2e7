import { h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import type { Ability } from "./model.ts";
import type { Key, Words } from "./words.ts";

/** What the magics can do with the model; a sign and a word before each sentence. */
export function abilityList(abilities: Ability[], t: Words): HTMLElement {
  if (abilities.every(({ yes }) => yes === null))
    return h("p", { class: "tfw-muted" }, t("abilities.none"));
  return h(
    "ul",
    { class: "hubd-abilities" },
    ...abilities.map(({ yes, key, values }) => {
      const answer = yes === null ? "unknown" : yes ? "yes" : "no";
      return h(
        "li",
        { "data-answer": answer },
        h(
          "span",
          { class: "hubd-sign", role: "img", "aria-label": t(`abilities.${answer}`) },
          { yes: "✓", no: "✗", unknown: "?" }[answer],
        ),
        h("span", {}, visible(t(key as Key, values))),
      );
    }),
  );
}
