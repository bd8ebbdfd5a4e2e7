import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import type { Context, Section } from "../context.ts";
import { Heat } from "./heat.ts";
import { keys } from "./keys.ts";
import { Loader } from "./loader.ts";
import { pointer } from "./pointer.ts";
import { valueLine } from "./value.ts";
import "./heat.css";

/** A matrix of weights as a picture: queries down, keys across. */
export function heatSection(context: Context): Section {
  const { session, t, guard } = context;
  const progress = h("span", { class: "att-progress tfw-muted", role: "status" });
  const problem = h("div", { class: "tfw-problem" });
  const stop = h(
    "button",
    { type: "button", class: "tfw-button", hidden: true, onclick: guard(() => loader.stop()) },
    t("heat.stop"),
  );
  const tool = (sign: string, title: string, act: () => void) =>
    h(
      "button",
      {
        type: "button",
        class: "tfw-button att-tool",
        title,
        "aria-label": title,
        onclick: guard(act),
      },
      sign,
    );
  const loader = new Loader(
    context,
    guard(() => {
      heat.refresh();
      tell();
      value.update();
    }),
  );
  const heat = new Heat(context, loader, drawn);
  const value = valueLine(context, loader, heat.scene.rows, heat.scene.columns);
  const element = h(
    "div",
    { class: "att-heat" },
    h(
      "div",
      { class: "att-tools" },
      tool("+", t("heat.in"), () => heat.zoom(1.5)),
      tool("−", t("heat.out"), () => heat.zoom(1 / 1.5)),
      tool(t("heat.fit"), t("heat.fit-title"), () => heat.show(heat.scene.bounds)),
      progress,
      stop,
    ),
    problem,
    heat.stage,
    value.element,
  );
  pointer(heat, guard);
  keys(heat, guard);
  const forget = [
    session.on("cell", () => value.update()),
    session.on("matrix", () => {
      tell();
      value.update();
    }),
  ];
  value.update();

  function drawn(): void {
    if (loader.count === 0) return;
    element.dataset.drawn = String(loader.count);
    session.drawn("heat");
  }

  function tell(): void {
    const { progress: done, failure, stale, busy, pieces } = loader;
    stop.hidden = done === undefined;
    const rough = !busy && pieces.some(({ exact }) => !exact) && !loader.complete;
    progress.textContent =
      done === undefined
        ? rough
          ? t("heat.rough")
          : ""
        : t("heat.exact", { share: t.percent(done) });
    element.toggleAttribute("data-stale", stale && !failure);
    heat.stage.setAttribute("aria-busy", String(busy));
    fill(problem, failure ? alert(failure, t, () => loader.retry()) : null);
  }

  return {
    element,
    layout: (width) => heat.layout(width),
    dispose(): void {
      for (const stop of forget) stop();
      heat.dispose();
      loader.dispose();
      value.dispose();
    },
  };
}
