import { fill, h } from "../dom.ts";
import { visible } from "../text.ts";
import type { Series } from "./types.ts";

/** How a series is drawn, as a sign before its name: not by its colour alone. */
export function swatch({ colour, style, dashed }: Series): HTMLElement {
  return h("i", {
    class: "tfw-chart-swatch",
    "data-style": dashed ? "dashed" : style,
    style: { "--tfw-colour": `var(--tfw-series-${colour})` },
    "aria-hidden": true,
  });
}

/** A button per series that switches it on and off; none where there is one series only. */
export function legend(off: Set<string>, changed: () => void) {
  const element = h("span", { class: "tfw-chart-legend" });
  let names = "";
  return {
    element,
    show(series: Series[]): void {
      const now = JSON.stringify(series.map(({ curve, ...what }) => what));
      if (now === names) return;
      names = now;
      fill(element, ...(series.length > 1 ? series.map(button) : []));
    },
  };

  function button(series: Series): HTMLElement {
    const { name, label } = series;
    const made = h(
      "button",
      {
        type: "button",
        class: "tfw-chart-key",
        "aria-pressed": !off.has(name),
        onclick: () => {
          if (!off.delete(name)) off.add(name);
          made.setAttribute("aria-pressed", String(!off.has(name)));
          changed();
        },
      },
      swatch(series),
      visible(label),
    );
    return made;
  }
}
