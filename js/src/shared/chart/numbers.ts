import type { Language } from "../i18n.ts";

const formats = new Map<string, Intl.NumberFormat>();

function format(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, known);
  return known;
}

/**
 * A number in about `digits` digits: 0.0123, 1,234, 2.5e-5, 1.2e9. What is steady keeps its
 * digits, 0.5000, so that a number that changes stays as wide as it is.
 */
export function short(value: number, language: Language, digits = 4, steady = false): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [factor = "", power = ""] = value.toExponential(Math.max(0, digits - 2)).split("e");
    return `${format(language, { maximumFractionDigits: digits }).format(Number(factor))}e${power.replace("+", "")}`;
  }
  const whole = size >= 10 ** (digits - 1);
  return format(
    language,
    whole
      ? { maximumFractionDigits: 0 }
      : { maximumSignificantDigits: digits, minimumSignificantDigits: steady ? digits : 1 },
  ).format(value);
}

/** Ticks of one axis, all with as many digits as they need to differ. */
export function tickTexts(values: number[], language: Language): string[] {
  if (values.length === 0) return [];
  const size = Math.max(...values.map(Math.abs));
  const gap = Math.abs((values[1] ?? 0) - (values[0] ?? 0)) || size;
  if (size >= 1e15) return values.map((value) => short(value, language));
  if (size >= 1e5 && gap >= 1e3) {
    const compact = format(language, { notation: "compact", maximumSignificantDigits: 4 });
    // German writes 200.000 as it is: too long for an axis.
    return values.map((value) =>
      size < 1e6 ? `${short(value / 1000, language)}k` : compact.format(value),
    );
  }
  if (size > 0 && size < 1e-2) return values.map((value) => (value ? short(value, language) : "0"));
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(gap || 1) + 1e-9)));
  const wide = size / gap > 1e3; // of a log scale: the largest needs no digits
  if (wide) return values.map((value) => short(value, language));
  const even = format(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return values.map((value) => even.format(value));
}

/** Seconds as 0:07, 3:12 or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return `${hours ? `${hours}:${pad(minutes)}` : minutes}:${pad(whole % 60)}`;
}
