import { count, size } from "../shared/amounts.ts";
import { h } from "../shared/dom.ts";
import { outside, visible } from "../shared/text.ts";
import type { Taken } from "./model.ts";
import type { Words } from "./words.ts";

/**
 * The models in memory, each with the button that unloads it. No table: its columns would push
 * the button out of sight.
 */
export function list(models: Taken[], t: Words, onUnload: (key: string) => void): HTMLElement {
  const row = (model: Taken) =>
    h(
      "li",
      { class: "using-row", "data-chosen": model.inUse },
      h(
        "div",
        { class: "using-model" },
        h("b", {}, outside(model.name)),
        model.inUse && h("span", { class: "using-chosen" }, t("chosen")),
        h(
          "div",
          { class: "tfw-muted" },
          `${visible(model.kind)} · ${visible(model.task)} · `,
          `${t("parameters", { count: count(model.parameters, t.language) })} · `,
          `${visible(model.dtype)} · ${visible(model.device)}`,
        ),
      ),
      h("span", { class: "using-size" }, size(model.bytes, t.language)),
      h(
        "button",
        {
          type: "button",
          class: "tfw-button",
          "data-key": model.key,
          "aria-label": t("unload.named", { name: visible(model.name), task: model.task }),
          onclick: () => onUnload(model.key),
        },
        t("unload"),
      ),
    );
  return h("ul", { class: "using-list", "aria-label": t("table") }, ...models.map(row));
}
