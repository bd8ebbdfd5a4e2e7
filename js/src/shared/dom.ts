type Handler = (event: never) => void;
type Value = string | number | boolean | null | undefined | Handler | Record<string, string>;

export type Props = Record<string, Value>;
export type Child = Node | string | number | null | undefined | false;

/**
 * Builds an element. Strings become text nodes and attributes, never markup.
 *
 * `on…` functions are listeners; `style` takes custom properties; `true` is an attribute
 * without a value, `false` none at all, except for `aria-…`, where both are words.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...nodes(children));
  return element;
}

/** Sets or, given nothing, removes an attribute, by the rules of `h`. */
export function set(element: HTMLElement, name: string, value: Value): void {
  if (typeof value === "function") {
    element.addEventListener(name.replace(/^on/, ""), value as EventListener);
  } else if (typeof value === "object" && value !== null) {
    for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
  } else if (value === null || value === undefined || (value === false && !isAria(name))) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true && !isAria(name) ? "" : String(value));
  }
}

/** Replaces what an element holds. */
export function fill(element: HTMLElement, ...children: Child[]): void {
  element.replaceChildren(...nodes(children));
}

function nodes(children: Child[]): (Node | string)[] {
  return children
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === "number" ? String(child) : child));
}

function isAria(name: string): boolean {
  return name.startsWith("aria-");
}

/** An id that no other element of the page has: every widget brings its own copy of this module. */
export function uniqueId(kind: string): string {
  return `${kind}-${Math.random().toString(36).slice(2, 10)}`;
}
