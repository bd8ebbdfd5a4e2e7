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

  describe("in JupyterLab", () => {
    beforeEach(() => {
      vi.useFakeTimers();
      document.body.setAttribute("data-jp-theme-name", "light");
      document.body.append(el);
    });
    afterEach(() => {
      vi.useRealTimers();
      document.body.removeAttribute("data-jp-theme-name");
      document.body.replaceChildren();
    });

    function shown(place: string) {
      const fake = fakeModel<SharedState>({ language: "en", place });
      const dispose = vi.fn();
      const mount = vi.fn(({ content }: Frame<SharedState>) => {
        content.append("drawn");
        return { draw: () => {}, dispose };
      });
      const made = widget(words, mount);
      made.initialize({ model: fake.model });
      // A view is given an object of its own, which may end with it.
      const clean = made.render({ model: { ...fake.model }, el });
      return { fake, mount, dispose, clean };
    }

    it("moves what is drawn to its place, instead of drawing it again", () => {
      const { fake, mount, dispose, clean } = shown("moves");
      const root = el.querySelector(".tfw");
      clean(); // JupyterLab takes the old output away before it shows the new one
      const place = h("tfw-view" as "div", { "data-place": "moves" });
      document.body.append(place);
      expect(place.querySelector(".tfw")).toBe(root);
      vi.advanceTimersByTime(5_000);
      expect(dispose).not.toHaveBeenCalled();
      expect(mount).toHaveBeenCalledOnce();
      fake.change("language", "de");
      expect(root?.getAttribute("lang")).toBe("de");
      // A second place of the same view, as a copied output has it, draws it anew.
      document.body.append(h("tfw-view" as "div", { "data-place": "moves" }));
      expect(mount).toHaveBeenCalledTimes(2);
    });

    it("cleans up what finds no place", () => {
      const { dispose, clean, fake } = shown("gone");
      clean();
      vi.advanceTimersByTime(5_000);
      expect(dispose).toHaveBeenCalledOnce();
      expect(fake.listening()).toBe(0);
    });
  });
});
