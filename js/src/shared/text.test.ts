import { describe, expect, it } from "vitest";
import { outside, visible } from "./text.ts";

describe("visible", () => {
  it.each([
    ["NUL and bell", "a\0b\x07", "a␀b␇"],
    ["delete", "a\x7f", "a␡"],
    ["C1 controls", "\x85\x9f", "\ufffd\ufffd"],
    ["lone surrogates, either half", "\ud800x\udc00", "\ufffdx\ufffd"],
    ["line feeds and tabs as they are", "a\n\tb", "a\n\tb"],
    ["line ends of other systems", "a\r\nb\rc", "a\nb␍c"],
    ["emoji of several code points", "👩‍👧 🏳️‍🌈", "👩‍👧 🏳️‍🌈"],
    ["markup", "<b>&amp;", "<b>&amp;"],
  ])("shows %s", (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });
});

describe("outside", () => {
  it("isolates the writing direction and makes no markup", () => {
    const element = outside("<img src=x onerror=alert(1)> مرحبا");
    expect(element.tagName).toBe("BDI");
    expect(element.dir).toBe("auto");
    expect(element.children).toHaveLength(0);
    expect(element.textContent).toBe("<img src=x onerror=alert(1)> مرحبا");
  });
});
