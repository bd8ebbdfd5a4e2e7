import { describe, expect, it } from "vitest";
import { h } from "../shared/dom.ts";
import { glyphName, glyphs } from "./glyphs.ts";

const shown = (text: string) => h("span", {}, ...glyphs(text));

describe("signs for what shows nothing", () => {
  it("leaves plain text as one string", () => {
    expect(glyphs("Ġthe▁<b>")).toEqual(["Ġthe▁<b>"]);
    expect(glyphs("")).toEqual([]);
  });

  it("shows spaces, tabs and breaks, a run of spaces as one element", () => {
    expect(shown("a   b\tc\r\n").textContent).toBe("a···b→c␍⏎");
    expect(shown("a   b").querySelectorAll("span")).toHaveLength(1);
  });

  it("names what has no width", () => {
    const boxed = [...shown("\u200b\u200d\u202e\ufeff\u2003").querySelectorAll(".tok-boxed")];
    expect(boxed.map((box) => box.textContent)).toEqual(["ZWSP", "ZWJ", "U+202E", "BOM", "U+2003"]);
  });

  it("keeps emoji and flags whole", () => {
    for (const emoji of [
      "👩‍👩‍👧",
      "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
      "👩🏽‍🚀",
      "❤️‍🔥",
    ]) {
      expect(glyphs(emoji)).toEqual([emoji]);
    }
    expect(shown("a\u200db").textContent).toBe("aZWJb");
  });

  it("shows controls and halves of characters, and nothing for what shows itself", () => {
    expect(glyphName("\0")).toBe("␀");
    expect(glyphName("\x85")).toBe("U+0085");
    expect(glyphName("\ud83d")).toBe("U+D83D");
    expect(glyphName("\u{e0001}")).toBe("U+E0001");
    expect(glyphName("a")).toBeUndefined();
    expect(glyphName("🙂")).toBeUndefined();
    expect(shown("x\ud83d").textContent).toBe("xU+D83D");
  });
});
