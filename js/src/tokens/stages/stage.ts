import { h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { div, muted } from "../elements.ts";
import type { Stage, StagePiece, Step } from "../model.ts";
import type { PartWords } from "../part-words.ts";
import { chip, roving } from "./chips.ts";

/** The same numbers for every tokenizer, whether or not it has the stage in between. */
const NUMBERS = {
  added: "0",
  normalizer: "1",
  "added-normalized": "1b",
  "pre-tokenizer": "2",
  model: "3",
  "post-processor": "4",
};

/** One stage: what it is, what it does, and the text as it leaves it. */
export function stageBlock(stage: Stage, t: PartWords): HTMLElement {
  const { kind, name, absent, changed, steps, pieces } = stage;
  const state = absent ? "absent" : changed ? "changed" : "same";
  const opens = kind === "pre-tokenizer" || kind === "model";
  // What has not changed stands in the stage above; but the first has none above it.
  const drawn = !absent && (changed || opens || kind === "added");
  const title = t(`stage.${kind}`);
  return h(
    "section",
    { class: "tok-stage", "data-state": state },
    div(
      "stage-head",
      h("b", { "aria-hidden": true }, NUMBERS[kind]),
      h("h3", {}, title),
      name && h("code", {}, visible(name)),
      h("em", {}, t(`stage.${state}`)),
      h("p", { class: "tfw-muted" }, t(`about.${kind}`)),
    ),
    drawn && line(pieces, opens, title),
    drawn && steps.length > 1 && stepList(steps, t),
  );
}

function line(pieces: StagePiece[], opens: boolean, label: string): HTMLElement {
  const props = { class: "tok-bits", role: "group", "aria-label": label };
  const element = h("div", props, ...pieces.map((piece) => chip(piece, opens)));
  roving(element);
  return element;
}

/** The parts of a sequence; those that changed nothing share a line. */
function stepList(steps: Step[], t: PartWords): HTMLElement {
  const list = h("ol", { class: "tok-stage-steps" });
  const add = (name: string, shown: HTMLElement) =>
    list.append(h("li", {}, h("code", {}, visible(name)), shown));
  const alone = steps.filter(({ changed }) => changed).length === 1;
  let idle: string[] = [];
  const flush = () => {
    if (idle.length > 0) add(idle.join(", "), muted(t("stage.same")));
    idle = [];
  };
  for (const { name, changed, pieces } of steps) {
    if (!changed) idle.push(name);
    else {
      flush();
      // The only change of all is what stands above.
      add(name, alone ? muted(t("stage.changed")) : line(pieces, false, name));
    }
  }
  flush();
  return list;
}
