import { short } from "../shared/chart/numbers.ts";
import { h, set, uniqueId } from "../shared/dom.ts";
import { rest } from "../shared/rest.ts";
import type { Context } from "./context.ts";

const LEAST = 0.01;
const MOST = 10;
/** Factors where the slider halts. */
export const DETENTS = [0.1, 0.5, 1, 2];
/** How near, in powers of ten. */
const NEAR = 0.03;
/** ms that the keys have to rest. */
const PAUSE = 350;

/** The factor at a place of the slider, which goes by powers of ten. */
export function factorAt(place: number): number {
  const detent = DETENTS.find((factor) => Math.abs(Math.log10(factor) - place) <= NEAR);
  return detent ?? Number((10 ** place).toPrecision(2));
}

/** The factor with which the last batch was trained: what came after it has had no effect yet. */
function usedFactor({ log, curves }: Context["session"]): number {
  const last = curves.get("lr")?.x.at(-1) ?? 0;
  let factor = 1;
  for (const event of log) {
    if (event.kind !== "command" || event.command !== "lr_factor" || !event.applied) continue;
    if (event.step < last) factor = Number(event.values.value ?? 1);
  }
  return factor;
}

/** Multiplies the learning rate. It is sent when the slider is let go, or the keys rest. */
export function rateSlider({ session, t, guard }: Context) {
  const id = uniqueId("dash-rate");
  const input = h("input", {
    type: "range",
    class: "dash-rate-input",
    id,
    list: `${id}-detents`,
    min: Math.log10(LEAST),
    max: Math.log10(MOST),
    step: 0.05,
    title: t("lr_factor-tip"),
  });
  const output = h("output", { class: "dash-rate-value", for: id });
  const element = h(
    "div",
    { class: "dash-rate" },
    h("label", { for: id }, t("lr_factor")),
    input,
    h(
      "datalist",
      { id: `${id}-detents` },
      ...DETENTS.map((factor) => h("option", { value: Math.log10(factor).toFixed(2) })),
    ),
    output,
  );
  let factor = 1;
  let held = false;

  const send = rest(
    guard(() => {
      held = false;
      if (factor !== (session.progress.lr_factor ?? 1)) {
        session.command("lr_factor", { value: factor });
      }
      update();
    }),
    PAUSE,
  );

  input.addEventListener(
    "input",
    guard(() => {
      held = true;
      send.stop();
      factor = factorAt(Number(input.value));
      show();
    }),
  );
  // A pointer that lets go, and each press of a key.
  input.addEventListener("change", guard(send.later));
  input.addEventListener(
    "dblclick",
    guard(() => {
      factor = 1;
      place();
      send.now();
    }),
  );

  function place(): void {
    const at = Math.log10(Math.min(MOST, Math.max(LEAST, factor))).toFixed(2);
    if (input.value !== at) input.value = at;
    show();
  }

  function show(): void {
    const rate = session.last("lr");
    const times = `× ${short(factor, t.language, 2)}`;
    const text =
      rate === undefined
        ? times
        : `${times} → ${short((rate / usedFactor(session)) * factor, t.language, 3)}`;
    if (output.textContent !== text) {
      output.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
  }

  function update(): void {
    const asked = session.asked.get("lr_factor")?.state === "asked";
    set(element, "data-asked", asked);
    element.title = asked ? t("asked-title") : "";
    if (held || asked) {
      show();
      return;
    }
    factor = session.progress.lr_factor ?? 1;
    place();
  }

  return { element, update, dispose: send.stop };
}
