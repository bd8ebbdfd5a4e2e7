import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import type { Words } from "./words.ts";

/** The way back to where this was opened. */
export function backButton(t: Words, onBack: () => void): HTMLButtonElement {
  return h(
    "button",
    { type: "button", class: "tfw-button", onclick: onBack },
    h("span", { "aria-hidden": true }, "‹ "),
    t("back"),
  );
}

/** Does `ask` while `element` is busy; what fails is said in `problem`, with a button to ask again. */
export async function asking(
  element: HTMLElement,
  problem: HTMLElement,
  t: Words,
  ask: () => Promise<void>,
): Promise<void> {
  element.setAttribute("aria-busy", "true");
  try {
    await ask();
  } catch (error) {
    if (isAbort(error)) return;
    fill(
      problem,
      alert(error, t, () => {
        fill(problem);
        void asking(element, problem, t, ask);
      }),
    );
  } finally {
    element.removeAttribute("aria-busy");
  }
}
