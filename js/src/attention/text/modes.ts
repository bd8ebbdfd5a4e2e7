import { h, uniqueId } from "../../shared/dom.ts";
import type { Context } from "../context.ts";
import type { PartWords } from "../part-words.ts";
import type { Mode } from "./focus.ts";

const MODES: Mode[] = ["to", "by", "both"];

/** What a token's weights are: of those that it gives, or those that it gets. */
export function modeChoice(
  t: PartWords,
  chosen: Mode,
  guard: Context["guard"],
  onChoose: (mode: Mode) => void,
) {
  const name = uniqueId("att-text-mode");
  const element = h(
    "div",
    { class: "att-t-modes", role: "radiogroup", "aria-label": t("text.mode") },
    ...MODES.map((mode) =>
      h(
        "label",
        { "data-mode": mode },
        h("input", {
          type: "radio",
          name,
          value: mode,
          checked: mode === chosen,
          onchange: guard(() => onChoose(mode)),
        }),
        h("span", {}, t(`text.mode.${mode}`)),
      ),
    ),
  );
  return { element };
}
