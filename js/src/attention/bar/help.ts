import { h, uniqueId } from "../../shared/dom.ts";
import type { Words } from "../words.ts";
import { button } from "./controls.ts";

const KEYS = [
  ["← ↑ ↓ →", "move"],
  ["Enter", "choose"],
  ["Shift+Enter", "add"],
  ["+ − 0", "zoom"],
  ["Shift+← ↑ ↓ →", "pan"],
  ["PgUp PgDn", "layer"],
  ["[ ]", "head"],
  ["Esc", "unpin"],
  ["Ctrl+↕", "wheel"],
  ["Shift+▭", "box"],
] as const;

/** The keys, for whoever asks. */
export function help(t: Words) {
  const id = uniqueId("att-help");
  const panel = h(
    "ul",
    { class: "att-keys", id, hidden: true },
    ...KEYS.map(([keys, what]) =>
      h("li", {}, h("kbd", {}, t.language === "de" ? german(keys) : keys), " ", t(`help.${what}`)),
    ),
  );
  const toggle = button("?", t("bar.help"), () => {
    panel.hidden = !panel.hidden;
    toggle.setAttribute("aria-expanded", String(!panel.hidden));
  });
  toggle.setAttribute("aria-expanded", "false");
  toggle.setAttribute("aria-controls", id);
  return { toggle, panel };
}

/** As German keyboards name them. */
function german(keys: string): string {
  return keys
    .replace("Shift", "Umschalt")
    .replace("Ctrl", "Strg")
    .replace("PgUp PgDn", "Bild↑ Bild↓");
}
