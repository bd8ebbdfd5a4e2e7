import { describe, expect, it, vi } from "vitest";
import { fill, h, set } from "./dom.ts";

describe("h", () => {
  it("sets attributes, listeners and custom properties", () => {
    const onclick = vi.fn();
    const button = h(
      "button",
      { class: "a", disabled: false, onclick, style: { "--x": "1px" } },
      "go",
    );
    button.click();
    expect(onclick).toHaveBeenCalledOnce();
    expect(button.className).toBe("a");
    expect(button.disabled).toBe(false);
    expect(button.style.getPropertyValue("--x")).toBe("1px");
  });

  it("writes aria states as words and other flags as flags", () => {
    const element = h("div", { "aria-busy": false, "data-on": true, "data-off": false });
    expect(element.getAttribute("aria-busy")).toBe("false");
    expect(element.getAttribute("data-on")).toBe("");
    expect(element.hasAttribute("data-off")).toBe(false);
    set(element, "aria-busy", null);
    expect(element.hasAttribute("aria-busy")).toBe(false);
  });

  it("turns strings into text, and leaves out nothing and false", () => {
    const element = h("p", {}, "<i>", 0, null, false, undefined);
    expect(element.textContent).toBe("<i>0");
    fill(element, "new");
    expect(element.textContent).toBe("new");
  });
});

describe("the sources", () => {
  const sources = import.meta.glob<string>(["../**/*.ts", "!../**/*.test.ts"], {
    eager: true,
    query: "?raw",
    import: "default",
  });
  const markup =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser/;

  it.each(Object.entries(sources))("%s makes no markup from text", (_, source) => {
    expect(source).not.toMatch(markup);
  });

  it("are all looked at", () => {
    expect(Object.keys(sources).length).toBeGreaterThan(20);
  });
});
