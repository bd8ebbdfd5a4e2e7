import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { h } from "./dom.ts";
import { announce } from "./place.ts";
import { fakeModel } from "./testing.ts";
import { type SharedState, widget } from "./widget.ts";

const mounted = (el: HTMLElement) => {
  el.append(h("b", {}, "live"));
  return () => {};
};

function place(name: string): HTMLElement {
  const element = document.createElement("tfw-view");
  element.setAttribute("data-place", name);
  element.append(h("table", {}, "static"));
  return element;
}

describe("a place in a notebook", () => {
  afterEach(() => document.body.replaceChildren());

  it("shows the view that was announced before it came", () => {
    announce("first", mounted);
    const element = place("first");
    document.body.append(element);
    expect(element.textContent).toBe("live");
  });

  it("keeps the static picture until its view is announced", () => {
    const element = place("second");
    document.body.append(element);
    announce("another", mounted);
    expect(element.textContent).toBe("static");
    announce("second", mounted);
    expect(element.textContent).toBe("live");
  });

  it("shows the static picture again when the view is gone", () => {
    const dispose = vi.fn();
    const element = place("third");
    document.body.append(element);
    const forget = announce("third", () => dispose);
    forget();
    expect(dispose).toHaveBeenCalledOnce();
    expect(element.textContent).toBe("static");
  });

  it("keeps a drawn view while its cell is scrolled off the page", () => {
    const mount = vi.fn(mounted);
    announce("fourth", mount);
    const element = place("fourth");
    document.body.append(element);
    element.remove();
    document.body.append(element);
    expect(mount).toHaveBeenCalledOnce();
    expect(element.textContent).toBe("live");
  });
});

describe("an output that is replaced by another one", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    document.body.replaceChildren();
  });

  const field = (el: HTMLElement) => {
    el.append(h("input", { type: "text" }));
    return () => {};
  };
  const input = () => document.querySelector("input") as HTMLInputElement;

  it("hands over its view, with what was typed and with the focus", () => {
    const mount = vi.fn(field);
    announce("fifth", mount);
    const output = h("div", {}, place("fifth"));
    document.body.append(output);
    input().focus();
    input().value = "half a wo";
    output.replaceChildren(place("fifth"));
    expect(mount).toHaveBeenCalledOnce();
    expect(input().value).toBe("half a wo");
    expect(document.activeElement).toBe(input());
  });

  it("leaves the focus where it went meanwhile", async () => {
    announce("sixth", field);
    const output = h("div", {}, place("sixth"));
    const other = h("button", { type: "button" });
    document.body.append(output, other);
    input().focus();
    other.focus();
    await Promise.resolve();
    output.replaceChildren(place("sixth"));
    expect(document.activeElement).toBe(other);
  });

  it("keeps its view where the other comes much later", () => {
    const mount = vi.fn(field);
    announce("seventh", mount);
    const first = place("seventh");
    document.body.append(first);
    first.remove();
    vi.advanceTimersByTime(1_100);
    document.body.append(place("seventh"));
    expect(mount).toHaveBeenCalledTimes(2);
    document.body.append(first);
    expect(document.querySelectorAll("input")).toHaveLength(2);
  });

  it("shows the new static picture when the view is gone", () => {
    const dispose = vi.fn();
    const forget = announce("eighth", () => dispose);
    const output = h("div", {}, place("eighth"));
    document.body.append(output);
    const next = place("eighth");
    next.replaceChildren("what is known by now");
    output.replaceChildren(next);
    forget();
    expect(dispose).toHaveBeenCalledOnce();
    expect(output.textContent).toBe("what is known by now");
  });
});

describe("a widget", () => {
  const fake = () => fakeModel<SharedState>({ language: "en", place: "of the widget" });
  const view = () => ({ draw: () => {}, dispose: () => {} });

  beforeEach(() => document.body.removeAttribute("data-jp-theme-name"));

  it("asks for its place where the page keeps outputs in its own document", () => {
    document.body.setAttribute("data-jp-theme-name", "JupyterLab Light");
    const { model, sent } = fake();
    const forget = widget({}, view).initialize({ model });
    expect(sent).toEqual([{ type: "settle", place: true }]);
    forget();
  });

  it("asks to be shown as a widget on other pages", () => {
    const { model, sent } = fake();
    const forget = widget({}, view).initialize({ model });
    expect(sent).toEqual([{ type: "settle", place: false }]);
    forget();
  });

  it("draws itself into its place", () => {
    const { model } = fake();
    const forget = widget({}, view).initialize({ model });
    const element = place("of the widget");
    document.body.append(element);
    expect(element.querySelector(".tfw")).not.toBeNull();
    forget();
  });
});
