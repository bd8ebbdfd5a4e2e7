import { h } from "../shared/dom.ts";
import { visible } from "../shared/text.ts";
import type { Words } from "./words.ts";

/** What went wrong in the kernel, and a button to ask again. */
export function alert(error: unknown, t: Words, retry: () => void): HTMLElement {
  const message = visible(error instanceof Error ? error.message : String(error));
  return h(
    "div",
    { class: "tfw-alert", role: "alert" },
    h("span", {}, t("error", { message })),
    h("button", { type: "button", class: "tfw-button", onclick: retry }, t("retry")),
  );
}
