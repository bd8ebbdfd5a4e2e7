import { h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { whenNew } from "../dom.ts";
import type { PanelWords } from "../panel-words.ts";

interface Prediction {
  step: number;
  epoch: number | null;
  text: string;
  score: number | null;
  right: boolean | null;
}

interface Sample {
  index: number;
  text: string;
  target: string | null;
  predictions: Prediction[];
}

const SIGNS = { true: "✓", false: "✕", null: "●" };

/** Texts that stay the same, with what the model says about them after each validation. */
export function samples(el: HTMLElement, t: PanelWords) {
  const verdict = (right: boolean | null) =>
    right === null ? "" : ` · ${t(right ? "right" : "wrong")}`;
  const score = (value: number | null) => (value === null ? "" : ` ${t.percent(value)}`);

  function step({ step, epoch, text, score: sure, right }: Prediction): HTMLElement {
    const said = t("samples.step", {
      epoch: epoch === null ? "–" : epoch + 1,
      step,
      text: `${visible(text)}${score(sure)}${verdict(right)}`,
    });
    return h(
      "li",
      {
        class: "pan-step",
        title: said,
        "data-right": String(right),
        style: { "--pan-score": String(sure ?? 1) },
      },
      h("span", { "aria-hidden": true }, SIGNS[`${right}`]),
      h("span", { class: "pan-heard" }, said),
    );
  }

  function card({ index, text, target, predictions }: Sample): HTMLElement {
    const latest = predictions.at(-1);
    return h(
      "li",
      { class: "pan-sample" },
      h("p", { class: "pan-sample-text" }, outside(text)),
      h(
        "dl",
        { class: "pan-pairs" },
        h("dt", {}, t("samples.target")),
        h("dd", {}, target === null ? "–" : outside(target)),
        h("dt", {}, t("samples.prediction")),
        h(
          "dd",
          {},
          latest
            ? h(
                "span",
                { class: "pan-verdict", "data-right": String(latest.right) },
                outside(latest.text),
                `${score(latest.score)}${verdict(latest.right)}`,
              )
            : h("span", { class: "tfw-muted" }, t("samples.none")),
        ),
      ),
      predictions.length > 1 &&
        h(
          "ol",
          { class: "pan-steps", "aria-label": t("samples.history") },
          ...predictions.map(step),
        ),
      h("span", { class: "tfw-muted pan-index" }, t("samples.row", { n: index })),
    );
  }

  return whenNew<unknown>(el, (data) => {
    const { rows } = data as { rows: Sample[] };
    return [
      h(
        "div",
        { class: "pan" },
        h("ul", { class: "pan-samples", "aria-label": t("samples.list") }, ...rows.map(card)),
        rows.some(({ predictions }) => predictions.length > 1) &&
          h("p", { class: "tfw-muted" }, t("samples.legend")),
      ),
    ];
  });
}
