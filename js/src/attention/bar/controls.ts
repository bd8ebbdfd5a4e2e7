import { fill, h, set, uniqueId } from "../../shared/dom.ts";

/** A select with a name before it, or only heard. */
export function choice(label: string, pick: (value: string) => void) {
  const select = h("select", {
    class: "tfw-input",
    "aria-label": label,
    title: label,
    onchange: () => pick(select.value),
  });
  let shown = "";
  return {
    element: select,
    /** Fills it only where something is other than before: it may be open. */
    show(options: [value: string, title: string][], value: string): void {
      const now = JSON.stringify(options);
      if (now !== shown) {
        shown = now;
        fill(select, ...options.map(([each, title]) => h("option", { value: each }, title)));
      }
      select.value = value;
    },
  };
}

/** Buttons of which one is chosen. */
export function segments<Value extends string>(
  label: string,
  pick: (value: Value) => void,
): { element: HTMLElement; show(options: [Value, string, string?][], value: Value): void } {
  const name = uniqueId("att-choice");
  const element = h("div", { class: "att-segments", role: "radiogroup", "aria-label": label });
  return {
    element,
    show(options, value): void {
      const known = [...element.querySelectorAll("input")];
      if (known.map((input) => input.value).join() !== options.map(([each]) => each).join()) {
        fill(
          element,
          ...options.map(([each, text, title]) =>
            h(
              "label",
              { title: title ?? null },
              h("input", { type: "radio", name, value: each, onchange: () => pick(each) }),
              h("span", {}, text),
            ),
          ),
        );
      }
      for (const input of element.querySelectorAll("input")) input.checked = input.value === value;
    },
  };
}

export function check(label: string, title: string, pick: (on: boolean) => void) {
  const input = h("input", { type: "checkbox", onchange: () => pick(input.checked) });
  const element = h("label", { class: "att-check", title }, input, h("span", {}, label));
  return {
    element,
    show(on: boolean, able: boolean): void {
      input.checked = on;
      input.disabled = !able;
      set(element, "data-disabled", !able);
    },
  };
}

export function button(text: string, title: string, act: () => void): HTMLButtonElement {
  const props = { type: "button", class: "tfw-button", title, "aria-label": title, onclick: act };
  return h("button", props, text);
}
