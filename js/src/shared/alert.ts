import { h } from "./dom.ts";
import type { Translator } from "./i18n.ts";
import { visible } from "./text.ts";

/** What went wrong in the kernel, and a button to ask again. */
export function alert(
  error: unknown,
  t: Translator<"error" | "retry">,
  retry: () => void,
): HTMLElement {
  const message = visible(error instanceof Error ? error.message : String(error));
  return h(
    "div",
    { class: "tfw-alert", role: "alert" },
    h("span", {}, t("error", { message })),
    h("button", { type: "button", class: "tfw-button", onclick: retry }, t("retry")),
  );
}
