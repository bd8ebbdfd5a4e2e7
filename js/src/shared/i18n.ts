/** Words in both languages, from the tables that the Python side reads too. */

const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];
export type LanguageSetting = "auto" | Language;

type Words = string | { one: string; other: string };
export type Table = Record<string, Record<Language, Words>>;
export type Params = Record<string, string | number>;

export interface Translator<Key extends string = string> {
  /** The words for `key`, numbers written as the language writes them. */
  (key: Key, params?: Params): string;
  readonly language: Language;
  number(value: number): string;
  /** A share between 0 and 1: "82%", "82 %"; what would round to nothing is "<1%". */
  percent(value: number, digits?: 0 | 1): string;
}

/** The keys of one table, or of each of several. */
export type KeyOf<T> = T extends Table ? keyof T & string : never;

export function resolveLanguage(
  setting: LanguageSetting | undefined,
  preferred: string = globalThis.navigator?.language ?? "en",
): Language {
  const wanted = setting && setting !== "auto" ? setting : preferred.slice(0, 2).toLowerCase();
  return LANGUAGES.find((language) => language === wanted) ?? "en";
}

export function translator<T extends Table[]>(
  language: Language,
  ...tables: T
): Translator<KeyOf<T[number]>> {
  const words: Table = Object.assign({}, ...tables);
  const numbers = new Intl.NumberFormat(language);
  const percents = { 0: percentFormat(language, 0), 1: percentFormat(language, 1) };

  function translate(key: KeyOf<T[number]>, params: Params = {}): string {
    const entry = words[key]?.[language] ?? key;
    const text = typeof entry === "string" ? entry : params.n === 1 ? entry.one : entry.other;
    return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = params[name];
      if (value === undefined) return placeholder;
      return typeof value === "number" ? numbers.format(value) : value;
    });
  }

  return Object.assign(translate, {
    language,
    number: (value: number) => numbers.format(value),
    percent: (value: number, digits: 0 | 1 = 0) => {
      const least = digits === 0 ? 0.01 : 0.001;
      const tiny = value > 0 && value < least / 2;
      return (tiny ? "<" : "") + percents[digits].format(tiny ? least : value);
    },
  });
}

function percentFormat(language: Language, digits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(language, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
