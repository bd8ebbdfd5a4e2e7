import { h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { div, muted, note, span } from "../elements.ts";
import type { BatchPayload } from "../model.ts";
import type { PartWords } from "../part-words.ts";

/** Shape and padding of the whole batch: in numbers, as a meter and in words. */
export function facts(whole: BatchPayload, batchSize: number, t: PartWords): HTMLElement {
  const { texts, columns, padding, in_order, sorted, overview } = whole;
  // Of a long batch the overview is a part: it says nothing about the least and the most.
  const every = overview.length === texts * 4 ? overview : [];
  const lengths = every.filter((_, k) => k % 4 === 1);
  const cut = every.filter((count, k) => k % 4 === 3 && count > 0).length;
  const kinds = [t("cell.real"), t("cell.padding"), t("cell.cut")];
  return div(
    "b-facts",
    h("strong", {}, `${t.number(texts)} × ${t.number(columns)}`),
    span(
      h("span", { class: "tok-b-meter", style: { "--tok-share": String(padding) } }),
      t("batch.share", { share: t.percent(padding) }),
    ),
    muted(
      t("batch.sorted", {
        n: batchSize,
        order: t.percent(in_order),
        sorted: t.percent(sorted),
      }),
    ),
    lengths.length > 0 &&
      muted(t("batch.lengths", { least: Math.min(...lengths), most: Math.max(...lengths) })),
    cut > 0 && span(t("batch.cut", { n: cut })),
    h(
      "span",
      { class: "tok-key tfw-muted", "aria-hidden": true },
      ...kinds.map((kind) => h("span", { class: "tok-b-swatch" }, kind)),
    ),
  );
}

/** What a reader should know about the batch. */
export function warnings({ notes }: BatchPayload, t: PartWords): HTMLElement[] {
  return notes.map((message) => note(visible(message[t.language])));
}
