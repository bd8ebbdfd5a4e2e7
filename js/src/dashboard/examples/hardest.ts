import { short } from "../../shared/chart/numbers.ts";
import { h } from "../../shared/dom.ts";
import { outside } from "../../shared/text.ts";
import { scrolling, whenNew } from "../dom.ts";
import type { PanelWords } from "../panel-words.ts";

interface Hard {
  index: number;
  text: string;
  target: string | null;
  predicted: string | null;
  loss: number | null;
  score: number | null;
}

/** The rows that the model is worst at. */
export function hardest(el: HTMLElement, t: PanelWords) {
  return whenNew<unknown>(el, (data) => {
    const { rows, epoch } = data as { rows: Hard[]; epoch: number | null };
    const row = ({ index, text, target, predicted, loss, score }: Hard) =>
      h(
        "tr",
        { title: t("samples.row", { n: index }) },
        h("td", { class: "pan-number" }, loss === null ? "∞" : short(loss, t.language, 3, true)),
        h(
          "td",
          {},
          target === null ? "–" : outside(target),
          " → ",
          predicted === null
            ? "–"
            : h(
                "span",
                { class: "pan-verdict", "data-right": String(predicted === target) },
                predicted === target ? "✓ " : "✕ ",
                outside(predicted),
              ),
          score !== null && h("span", { class: "tfw-muted" }, ` ${t.percent(score)}`),
        ),
        h("td", { class: "pan-wrap" }, outside(text)),
      );
    return [
      h(
        "div",
        { class: "pan" },
        h(
          "p",
          { class: "tfw-muted" },
          t("hardest.at", { epoch: epoch === null ? "–" : epoch + 1 }),
        ),
        scrolling(
          t("hardest.table"),
          h(
            "table",
            { class: "tfw-plain tfw-plain-facts pan-table" },
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                h("th", { scope: "col", class: "pan-number" }, t("hardest.loss")),
                h("th", { scope: "col" }, t("hardest.verdict")),
                h("th", { scope: "col" }, t("hardest.text")),
              ),
            ),
            h("tbody", {}, ...rows.map(row)),
          ),
        ),
      ),
    ];
  });
}
