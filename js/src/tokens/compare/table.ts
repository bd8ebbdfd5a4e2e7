import { fill, h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { tenths } from "../facts.ts";
import type { ComparedText } from "../model.ts";
import type { Context } from "../panel.ts";

/** Rows that are drawn all at once. */
const FEW = 30;
/** Of a row, in px; see compare.css. */
const ROW = 28;
/** Rows on screen and beyond its edges, and how many of them are above. */
const SHOWN = 20;
const ABOVE = 4;

/** How many tokens each source needs for each of several texts. */
export function textTable({ state, t }: Context) {
  const { texts, summary } = state;
  const { sources } = summary;
  const body = h("tbody");
  const column = (scope: string, name: string) => h("th", { scope }, name);
  const table = h(
    "table",
    { class: "tfw-plain tok-texts", "aria-rowcount": texts.length + 2 },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col", rowspan: 2 }, t("mode.text")),
        ...sources.map(({ name }) =>
          h("th", { scope: "colgroup", colspan: 3, title: visible(name) }, outside(name)),
        ),
      ),
      h(
        "tr",
        {},
        ...sources.flatMap(() => [
          column("col", t("tab.tokens")),
          column("col", t("compare.per-word")),
          column("col", t("compare.ratio")),
        ]),
      ),
    ),
    body,
  );
  const element = h(
    "div",
    {
      class: "tfw-scroll tok-scroll",
      tabindex: 0,
      role: "group",
      "aria-label": t("compare.texts"),
    },
    table,
  );
  let drawn: number | undefined;

  function row({ label, words, tokens, unknown }: ComparedText, index: number): HTMLElement {
    // Few tokens are no merit where they stand for what is unknown.
    const fewest = Math.min(...tokens.filter((_, k) => !unknown[k]));
    const cells = tokens.flatMap((count, k) => {
      const best = count === fewest && !unknown[k];
      const ratio = unknown[k]
        ? t("facts.unknown", { n: unknown[k] })
        : best
          ? t("compare.fewest")
          : fewest > 0 && Number.isFinite(fewest)
            ? `${t.number(tenths(count / fewest))}×`
            : "–";
      const texts = [t.number(count), words > 0 ? t.number(tenths(count / words)) : "–", ratio];
      return texts.map((text) => h("td", {}, best ? h("b", {}, text) : text));
    });
    return h(
      "tr",
      { "aria-rowindex": index + 3 },
      h("th", { scope: "row", title: visible(label) }, outside(label)),
      ...cells,
    );
  }

  /** Draws what is on screen, and lets the table be as high as all rows are. */
  function draw(): void {
    const many = texts.length > FEW;
    const first = many ? Math.max(0, Math.floor(element.scrollTop / ROW) - ABOVE) : 0;
    if (first === drawn) return;
    drawn = first;
    const stop = many ? Math.min(texts.length, first + SHOWN) : texts.length;
    const space = (rows: number) =>
      rows > 0 && h("tr", { "aria-hidden": true, style: { height: `${rows * ROW}px` } });
    fill(
      body,
      space(first),
      ...texts.slice(first, stop).map((text, k) => row(text, first + k)),
      space(texts.length - stop),
    );
  }

  element.addEventListener("scroll", draw, { passive: true });
  return { element, layout: draw };
}
