import { type Child, h, type Props } from "../shared/dom.ts";

/** The elements that the panels are made of, in few words. `name` is a class without `tok-`. */

export function div(name: string, ...children: Child[]): HTMLElement {
  return h("div", { class: `tok-${name}` }, ...children);
}

export function span(...children: Child[]): HTMLElement {
  return h("span", {}, ...children);
}

export function muted(...children: Child[]): HTMLElement {
  return h("span", { class: "tfw-muted" }, ...children);
}

export function button(text: string, onclick: () => void, props: Props = {}): HTMLButtonElement {
  return h("button", { type: "button", class: "tfw-button", onclick, ...props }, text);
}

/** A sentence that stands out from the text around it. */
export function note(text: string): HTMLElement {
  return h("div", { class: "tfw-note" }, text);
}

/** A field that offers a few values, each with its words. */
export function select<Value extends string>(
  label: string,
  words: Record<Value, string>,
  onchange: () => void,
): HTMLSelectElement {
  const options = Object.entries<string>(words);
  return h(
    "select",
    { class: "tfw-input", "aria-label": label, onchange },
    ...options.map(([value, text]) => h("option", { value }, text)),
  );
}
