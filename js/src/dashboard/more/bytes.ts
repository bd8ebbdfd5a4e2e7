import type { Language } from "../../shared/i18n.ts";

const UNITS = ["kB", "MB", "GB", "TB"];

/** Bytes in three digits: "812 MB", "1.2 GB". */
export function bytes(value: number, language: Language): string {
  let size = value / 1000;
  let unit = 0;
  while (Math.abs(size) >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  // As many digits as the next one, which is what an axis needs.
  const digits = { minimumSignificantDigits: size === 0 ? 1 : 3, maximumSignificantDigits: 3 };
  const number = new Intl.NumberFormat(language, digits).format(size);
  return `${number} ${UNITS[unit]}`;
}
