import * as amounts from "../shared/amounts.ts";
import type { Language } from "../shared/i18n.ts";

/** What stands for what is not known. */
export const UNKNOWN = "–";

/** A large number: "110 M", "7.2 B". */
export function count(value: number | null, language: Language): string {
  return isKnown(value) ? amounts.count(value, language) : UNKNOWN;
}

/** The size of files. */
export function size(bytes: number | null, language: Language): string {
  return isKnown(bytes) ? amounts.size(bytes, language) : UNKNOWN;
}

function isKnown(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ["year", 365.25 * 86_400],
  ["month", 30.44 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago something was, in words: "3 months ago", "yesterday". */
export function ago(moment: number | null, language: Language, now = Date.now() / 1000): string {
  if (moment === null || !Number.isFinite(moment)) return UNKNOWN;
  const passed = Math.max(0, now - moment);
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, seconds] of STEPS) {
    if (passed >= seconds) return words.format(-Math.floor(passed / seconds), unit);
  }
  return words.format(0, "second");
}

/** The day of a moment, written out. */
export function day(moment: number | null, language: Language): string | null {
  if (moment === null) return null;
  const date = new Date(moment * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(date);
}

/** Seconds as a countdown: "0:42", "4:05". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
