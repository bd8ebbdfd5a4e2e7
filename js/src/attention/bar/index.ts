import { h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import type { Context } from "../context.ts";
import type { Opening } from "../opening.ts";
import { choice } from "./controls.ts";
import { exportMenu } from "./export.ts";
import { help } from "./help.ts";
import { lensControls } from "./lens.ts";
import { matrixControls } from "./matrix.ts";
import { scaleControls } from "./scale.ts";
import "./bar.css";

const LONGEST = 50;

/** What is looked at, and how. */
export function bar(context: Context, items: string[], opening: Opening) {
  const { session, t, guard } = context;
  const problem = h("div", { class: "tfw-problem" });
  const item = choice(
    t("bar.item"),
    guard((value: string) => void opening.open({ item: Number(value) })),
  );
  const matrix = matrixControls(context);
  const lens = lensControls(context, (change) => void opening.open({ lens: change }));
  const scale = scaleControls(context);
  const files = exportMenu(context, problem);
  const { toggle, panel } = help(t);
  const controls = h(
    "div",
    { class: "att-bar" },
    item.element,
    ...matrix.elements,
    h("span", { class: "att-group" }, ...lens.elements),
    h("span", { class: "att-group" }, ...scale.elements),
    h("span", { class: "att-group att-end" }, files.element, toggle),
  );
  item.element.hidden = items.length < 2;
  const titles = items.map((text, k): [string, string] => [String(k), `${k + 1}: ${short(text)}`]);

  const update = guard(() => {
    if (items.length > 1) item.show(titles, String(session.item));
    matrix.update();
    lens.update();
    scale.update();
    files.update();
  });
  const changes = ["opened", "matrix", "range", "scale"] as const;
  const forget = changes.map((change) => session.on(change, change === "opened" ? update : light));

  /** What may change often. */
  function light(): void {
    matrix.update();
    scale.update();
  }

  return {
    elements: [controls, panel, problem],
    /** Also where what was asked for failed: the controls show what is. */
    update,
    dispose(): void {
      for (const stop of forget) stop();
      scale.dispose();
      files.dispose();
    },
  };
}

function short(text: string): string {
  const line = visible(text.slice(0, 4 * LONGEST)).replace(/\s+/g, " ");
  const characters = [...line];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : line;
}
