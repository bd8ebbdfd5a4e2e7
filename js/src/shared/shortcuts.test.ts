import { afterEach, expect, it } from "vitest";
import { h } from "./dom.ts";
import { keepPlainKeys } from "./shortcuts.ts";

const inside = h("button");
const outside = h("button");
const root = h("div", {}, inside);
document.body.append(root, outside);

/** Whether JupyterLab, which listens at the document, would leave a key alone. */
function isKept(target: HTMLElement, init: KeyboardEventInit): boolean {
  let kept = false;
  const jupyterLab = () => {
    kept = target.hasAttribute("data-lm-suppress-shortcuts");
  };
  document.addEventListener("keydown", jupyterLab, { capture: true, once: true });
  target.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...init }));
  return kept;
}

let release = keepPlainKeys(root);
afterEach(() => {
  release();
  release = keepPlainKeys(root);
});

it("keeps plain keys, and leaves key combinations and other places to JupyterLab", () => {
  expect(isKept(inside, { key: "d" })).toBe(true);
  expect(isKept(inside, { key: "s", ctrlKey: true })).toBe(false);
  expect(isKept(inside, { key: "ArrowDown" })).toBe(true);
  expect(isKept(outside, { key: "d" })).toBe(false);
});

it("ends with the widget", () => {
  inside.removeAttribute("data-lm-suppress-shortcuts");
  release();
  expect(isKept(inside, { key: "d" })).toBe(false);
});
