import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { h } from "./dom.ts";
import { fakeModel } from "./testing.ts";
import { type Frame, type SharedState, widget } from "./widget.ts";

const words = { hello: { en: "Hello", de: "Hallo" } };

describe("widget", () => {
  let el: HTMLElement;

  beforeEach(() => {
    el = document.createElement("div");
    vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(() => void vi.restoreAllMocks());

  it("draws, draws anew in another language, and cleans up", () => {
    const fake = fakeModel<SharedState>({ language: "en", place: "here" });
    const dispose = vi.fn();
    const mount = vi.fn(({ content }: Frame<SharedState>) => ({
      draw: (t: (key: "hello") => string) => content.replaceChildren(h("b", {}, t("hello"))),
      dispose,
    }));
    const clean = widget(words, mount).render({ model: fake.model, el });
    expect(el.textContent).toBe("Hello");
    fake.change("language", "de");
    expect(el.textContent).toBe("Hallo");
    expect(el.querySelector(".tfw")?.getAttribute("lang")).toBe("de");
    expect(mount).toHaveBeenCalledOnce();
    clean();
    expect(dispose).toHaveBeenCalledOnce();
    expect(el.childElementCount).toBe(0);
    expect(fake.listening()).toBe(0);
  });

  it("shows what went wrong instead of nothing", () => {
    const fake = fakeModel<SharedState>({ language: "de", place: "here" });
    const broken = widget(words, () => {
      throw new Error("<b>no\0data</b>");
    });
    const clean = broken.render({ model: fake.model, el });
    expect(el.querySelector("[role=alert]")?.textContent).toBe(
      "Diese Ansicht konnte nicht gezeichnet werden: <b>no␀data</b>",
    );
    clean();
  });

  it("guards callbacks that run later", () => {
    const fake = fakeModel<SharedState>({ language: "en", place: "here" });
    let later = () => {};
    widget(words, ({ guard }) => {
      later = guard(() => {
        throw new Error("too late");
      });
      return { draw: () => {}, dispose: () => {} };
    }).render({ model: fake.model, el });
    later();
    expect(el.querySelector("[role=alert]")?.textContent).toContain("too late");
  });

  it("says in words that the kernel keeps silent", () => {
    vi.useFakeTimers();
    const fake = fakeModel<SharedState>({ language: "en", place: "here" });
    widget(words, ({ channel }) => {
      channel.request("rows").catch(() => {});
      return { draw: () => {}, dispose: () => {} };
    }).render({ model: fake.model, el });
    const status = el.querySelector("[role=status]");
    expect(status?.textContent).toBe("");
    vi.advanceTimersByTime(2_100);
    expect(status?.textContent).toBe("Waiting for the kernel…");
    fake.change("language", "de");
    expect(status?.textContent).toBe("Warten auf den Kernel …");
    fake.receive({ id: fake.sent[0]?.id, ok: 1 });
    expect(status?.textContent).toBe("");
    vi.useRealTimers();
  });
});
