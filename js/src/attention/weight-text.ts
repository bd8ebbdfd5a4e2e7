import type { Language } from "../shared/i18n.ts";

const formats = new Map<Language, Intl.NumberFormat>();

/** A weight as a number: three digits behind the point tell weights apart, and stand in columns. */
export function weightText(
  { language }: { language: Language },
  weight: number,
  rough = false,
): string {
  if (Number.isNaN(weight)) return "NaN";
  const digits = { minimumFractionDigits: 3, maximumFractionDigits: 3 };
  const format = formats.get(language) ?? new Intl.NumberFormat(language, digits);
  formats.set(language, format);
  const text = weight > 0 && weight < 0.0005 ? `<${format.format(0.001)}` : format.format(weight);
  return rough ? `≈ ${text}` : text;
}
