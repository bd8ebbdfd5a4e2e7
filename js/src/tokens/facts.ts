import { type Child, h } from "../shared/dom.ts";
import { visible } from "../shared/text.ts";
import type { Source } from "./model.ts";
import type { Words } from "./words.ts";

/** What there is to say about a tokenizer, and what it made of the text. */
export function facts(source: Source, t: Words, texts = 1): Child[] {
  const { name, algorithm, vocabulary, special, tokens, unknown, words, cut, characters } = source;
  const real = tokens - special;
  const said = special > 0 ? ` (${t("facts.special", { n: special })})` : "";
  return [
    visible(name),
    algorithm && visible(algorithm),
    t("facts.vocabulary", { n: vocabulary }),
    texts > 1 && t("facts.texts", { n: texts }),
    t("facts.tokens", { n: tokens }) + said,
    unknown > 0 && t("facts.unknown", { n: unknown }),
    // Of a text that was cut off one does not know how many words were read.
    real > 0 && words > 0 && cut === 0 && t("facts.per-word", { n: tenths(real / words) }),
    real > 0 && characters > cut && t("facts.per-token", { n: tenths((characters - cut) / real) }),
    cut > 0 && t("facts.cut", { n: cut }),
  ].filter(Boolean) as string[];
}

/** How much of what the model reads is used, and what is too much. */
export function room({ context, longest }: Source, t: Words): HTMLElement | undefined {
  if (!context) return undefined;
  const share = longest / context;
  const over = longest - context;
  return h(
    "span",
    { class: over > 0 ? "tok-room tok-over" : "tok-room" },
    h("span", {
      class: "tok-meter",
      "aria-hidden": true,
      style: { "--tok-share": `${Math.min(100, share * 100).toFixed(1)}%` },
    }),
    " ",
    t("facts.context", { share: t.percent(share), n: context }),
    over > 0 && h("b", {}, ` ⚠ ${t("facts.over", { n: over })}`),
  );
}

/** Rounded to two digits after the point: more would only seem exact. */
export function tenths(value: number): number {
  return Math.round(value * 100) / 100;
}
