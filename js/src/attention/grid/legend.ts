import { hiDpi } from "../../shared/canvas.ts";
import { h } from "../../shared/dom.ts";
import type { Palette } from "../colours.ts";
import type { StatName } from "../model.ts";
import type { Words } from "../words.ts";
import { drawMark, MARKS } from "./marks.ts";

const SIZE = 16;

/** What the marks on thumbnails mean. */
export function legend(palette: Palette, t: Words): HTMLElement {
  const items = (Object.entries(MARKS) as [StatName, number][]).map(([name, least]) => {
    const canvas = hiDpi({ "aria-hidden": true });
    const context = canvas.size(SIZE, SIZE);
    if (context)
      drawMark(context, name, SIZE / 2, SIZE / 2, SIZE / 2 - 1, palette.ink, palette.never);
    return h(
      "li",
      {},
      canvas.element,
      h("span", {}, t(`grid.mark.${name as Marked}`, { least: t.number(least) })),
    );
  });
  return h("ul", { class: "att-marks" }, ...items);
}

type Marked = Exclude<StatName, "entropy">;
