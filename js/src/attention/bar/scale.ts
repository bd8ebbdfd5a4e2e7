import { fill, h } from "../../shared/dom.ts";
import { onTheme } from "../../shared/on-theme.ts";
import { byteOf, css, palette, share } from "../colours.ts";
import type { Context } from "../context.ts";
import type { Scale } from "../session.ts";
import { choice } from "./controls.ts";

const SCALES: Scale[] = ["root", "linear", "log"];
const TICKS: Record<Scale, number[]> = {
  root: [0, 0.1, 0.4, 1],
  linear: [0, 0.25, 0.5, 1],
  log: [0.0001, 0.001, 0.01, 0.1, 1],
};
const STOPS = 24;

/** How weights become colours, and which colours these are. */
export function scaleControls({ session, t, guard }: Context) {
  const select = choice(
    t("bar.scale"),
    guard((value: string) => session.paint(value as Scale)),
  );
  const strip = h("div", { class: "att-strip" });
  const ticks = h("div", { class: "att-ticks" });
  const legend = h("div", { class: "att-ramp", "aria-hidden": true }, strip, ticks);
  const format = new Intl.NumberFormat(t.language, { maximumSignificantDigits: 2 });

  function update(): void {
    const { scale } = session;
    select.show(
      SCALES.map((each) => [each, t(`bar.scale.${each}`)]),
      scale,
    );
    const colours = palette(legend).ramp(scale);
    const stops = Array.from({ length: STOPS + 1 }, (_, k) =>
      css(colours[byteAt(k / STOPS, scale)]),
    );
    strip.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    fill(
      ticks,
      ...TICKS[scale].map((weight) => {
        const at = share(byteOf(weight), scale);
        // Exact, and short enough to stand side by side.
        const power = weight > 0 && weight < 0.01 ? `10${weight < 0.001 ? "⁻⁴" : "⁻³"}` : undefined;
        const label = power ?? format.format(weight);
        return h("span", { class: "att-tick", style: { left: `${100 * at}%` } }, label);
      }),
    );
  }

  const forget = onTheme(guard(update));
  return { elements: [select.element, legend], update, dispose: forget };
}

/** The byte whose colour is so far along the ramp. */
function byteAt(at: number, scale: Scale): number {
  if (scale === "root") return Math.round(254 * at);
  if (scale === "linear") return Math.round(254 * Math.sqrt(at));
  return at === 0 ? 0 : Math.round(254 * 10 ** (2 * (at - 1)));
}
