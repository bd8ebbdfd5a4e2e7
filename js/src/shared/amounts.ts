import type { Language } from "./i18n.ts";

const COUNTS = ["", "k", "M", "B", "T"];
const SIZES = ["B", "kB", "MB", "GB", "TB"];

/** A large number with three digits at most, as in `tfwidgets/ui/amounts.py`: "22.7 M". */
export function count(value: number, language: Language): string {
  return scaled(value, COUNTS, language);
}

/** A number of bytes, a thousand to a kilobyte as the Hub counts: "90.9 MB". */
export function size(bytes: number, language: Language): string {
  return scaled(bytes, SIZES, language);
}

function scaled(value: number, units: string[], language: Language): string {
  let step = 0;
  let rest = Math.max(0, value);
  // 999.6 would be written as a thousand of its unit.
  while (rest >= 999.5 && step < units.length - 1) {
    rest /= 1000;
    step++;
  }
  const digits = step > 0 && rest < 99.95 ? 1 : 0;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(rest);
  return units[step] ? `${number}\u202f${units[step]}` : number;
}
