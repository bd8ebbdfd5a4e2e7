import partWords from "../../../../tfwidgets/ui/strings/attention-parts.json";
import { fill, h } from "../../shared/dom.ts";
import { resolveLanguage, translator } from "../../shared/i18n.ts";
import { widget } from "../../shared/widget.ts";
import arcs from "../arcs/part.ts";
import grid from "../grid/part.ts";
import heat from "../heat/part.ts";
import text from "../text/part.ts";
import { mounting } from "../view.ts";
import { words } from "../words.ts";
import type { PageData } from "./data.ts";
import { pageModel } from "./model.ts";
import "./page.css";

/** The whole view in a page that needs nothing else: `attention-page.js` is put into the file. */
export function show(root: HTMLElement, data: PageData): void {
  if (typeof DecompressionStream === "undefined") {
    const t = translator(resolveLanguage(data.language), partWords);
    fill(root, h("p", {}, t("page.old-browser")));
    return;
  }
  fill(root);
  const view = widget(words, mounting({ arcs, grid, heat, text }));
  view.render({ model: pageModel(data), el: root });
}

const root = document.getElementById("tfw-root");
const data = document.getElementById("tfw-data")?.textContent;
if (root && data) show(root, JSON.parse(data) as PageData);
