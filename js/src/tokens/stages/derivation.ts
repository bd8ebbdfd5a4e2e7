import { type Child, fill, h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { button, div, muted, note } from "../elements.ts";
import type { Derivation } from "../model.ts";
import type { PartContext } from "../panel.ts";
import type { PartWords } from "../part-words.ts";
import { question } from "../question.ts";
import { bdi, bit } from "./chips.ts";
import { lines } from "./lines.ts";
import { mergesView } from "./merges.ts";

export interface DerivationMemory {
  derivation: Derivation | undefined;
  /** The merge up to which the reader has stepped. */
  step: number;
}

/** How one word becomes pieces; in a place of one height, whatever it shows. */
export function derivationPanel(
  context: PartContext,
  memory: DerivationMemory,
  onClose: () => void,
) {
  const { t } = context;
  const title = h("strong", { role: "status" });
  const body = div("word-body");
  const element = h(
    "section",
    { class: "tok-word", "aria-label": t("word.label") },
    div("word-head", title, button(t("close"), onClose)),
    body,
  );
  const asked = question<Derivation>(context, "word", body, draw);

  function draw(derivation: Derivation): void {
    memory.derivation = derivation;
    element.hidden = false;
    title.textContent = t("word.title", { word: visible(derivation.word) });
    fill(body, ...content(derivation, memory, t));
  }

  function close(): void {
    asked.drop();
    memory.derivation = undefined;
    element.hidden = true;
    title.textContent = "";
    fill(body);
  }

  if (memory.derivation) draw(memory.derivation);
  else close();
  return {
    element,
    open(word: number): void {
      element.hidden = false;
      memory.step = Number.POSITIVE_INFINITY;
      asked.ask({ word });
      element.scrollIntoView?.({ block: "nearest" });
    },
    close,
    dispose: asked.drop,
  };
}

function content(derivation: Derivation, memory: DerivationMemory, t: PartWords): Child[] {
  if (!derivation.exact) return [note(`⚠ ${t("word.inexact")}`)];
  const { algorithm } = derivation;
  if (algorithm === "BPE") {
    if (derivation.direct) return [t("word.direct"), bit(derivation.word)];
    return mergesView(derivation, memory, t);
  }
  if (algorithm === "WordPiece") {
    return [
      lines(
        [t("word.piece"), t("word.rest"), t("word.tried")],
        derivation.steps.map(({ piece, rest, tried, known }) => [
          [known ? bit(piece) : bit(piece, t("word.nothing"), "missing")],
          [rest ? bdi(rest) : "–"],
          [t.number(tried)],
        ]),
      ),
    ];
  }
  if (algorithm === "Unigram") {
    const score = (value: number) => t.number(Number(value.toFixed(2)));
    return [
      muted(t("word.higher")),
      lines(
        ["", t("word.sum"), t("word.pieces")],
        derivation.paths.map((path, k) => [
          [k ? `${k + 1}.` : t("word.best")],
          [score(path.score)],
          [
            div(
              "bits",
              ...path.pieces.map(({ piece, score: own, known }) =>
                known
                  ? bit(piece, score(own))
                  : bit(piece, `${score(own)} · ${t("word.missing")}`, "missing"),
              ),
            ),
          ],
        ]),
      ),
    ];
  }
  const { known, piece } = derivation;
  return known
    ? [t("word.direct"), bit(piece)]
    : [t("word.unknown"), bit(piece, undefined, "missing")];
}
