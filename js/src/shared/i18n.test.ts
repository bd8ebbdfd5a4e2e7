import { describe, expect, it } from "vitest";
import { resolveLanguage, translator } from "./i18n.ts";

const words = {
  greeting: { en: "Hello {name}", de: "Hallo {name}" },
  texts: {
    en: { one: "{n} text", other: "{n} texts" },
    de: { one: "{n} Text", other: "{n} Texte" },
  },
};

describe("translator", () => {
  const en = translator("en", words);
  const de = translator("de", words);

  it("fills placeholders and leaves unknown ones", () => {
    expect(en("greeting", { name: "{n} $&" })).toBe("Hello {n} $&");
    expect(de("greeting")).toBe("Hallo {name}");
  });

  it("takes the plural by n and writes numbers as the language does", () => {
    expect(en("texts", { n: 1 })).toBe("1 text");
    expect(en("texts", { n: 1234 })).toBe("1,234 texts");
    expect(de("texts", { n: 1234 })).toBe("1.234 Texte");
    expect(de("texts", { n: 0 })).toBe("0 Texte");
  });

  it("writes shares as percents and never rounds something to nothing", () => {
    expect(en.percent(0.82)).toBe("82%");
    expect(de.percent(0.82)).toBe("82\u00a0%");
    expect(de.percent(0.8215, 1)).toBe("82,2\u00a0%");
    expect(en.percent(0.004)).toBe("<1%");
    expect(en.percent(0)).toBe("0%");
    expect(en.percent(1)).toBe("100%");
  });

  it("joins tables, and knows their keys", () => {
    const both = translator("de", words, { close: { en: "Close", de: "Schließen" } });
    expect(both("close")).toBe("Schließen");
    // @ts-expect-error an unknown key does not compile
    expect(both("open")).toBe("open");
  });
});

describe("resolveLanguage", () => {
  it("follows the browser only where it is asked to", () => {
    expect(resolveLanguage("auto", "de-CH")).toBe("de");
    expect(resolveLanguage("auto", "fr")).toBe("en");
    expect(resolveLanguage("en", "de")).toBe("en");
    expect(resolveLanguage(undefined, "de")).toBe("de");
  });
});

describe("the tables", () => {
  const tables = import.meta.glob<Record<string, Record<string, unknown>>>(
    "../../../tfwidgets/ui/strings/{shared,classify}.json",
    { eager: true, import: "default" },
  );
  const entries = Object.entries(tables).flatMap(([file, table]) =>
    Object.entries(table).map(
      ([key, entry]) => [`${file.split("/").at(-1)} ${key}`, entry] as const,
    ),
  );
  const placeholders = (entry: unknown) =>
    [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();

  it("are found", () => {
    expect(Object.keys(tables)).toHaveLength(2);
    expect(entries.length).toBeGreaterThan(30);
  });

  it.each(entries)("%s says the same in both languages", (_, entry) => {
    expect(Object.keys(entry).sort()).toEqual(["de", "en"]);
    expect(typeof entry.en).toBe(typeof entry.de);
    expect(placeholders(entry.en)).toEqual(placeholders(entry.de));
    expect(JSON.stringify(entry)).not.toContain('""');
  });
});
