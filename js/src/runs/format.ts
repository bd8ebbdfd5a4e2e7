import { clock, short } from "../shared/chart/numbers.ts";
import type { Language } from "../shared/i18n.ts";

type Maybe = number | null | undefined;

const known = (value: Maybe): value is number => typeof value === "number" && !Number.isNaN(value);

/** How long something took: "0:48", "3:12", "1:02:03". */
export function duration(seconds: Maybe): string {
  return known(seconds) && Number.isFinite(seconds) ? clock(seconds) : "–";
}

/** Date and time of what happened `started` seconds after 1970. */
export function moment(started: Maybe, language: Language): string {
  if (!known(started)) return "–";
  const date = new Date(started * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(
    date,
  );
}

/** The same in few characters: the time for this year, the year for the others. */
export function shortMoment(started: Maybe, language: Language, now = Date.now()): string {
  if (!known(started)) return "–";
  const date = new Date(started * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  const recent = date.getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(language, {
    day: "numeric",
    month: "short",
    ...(recent ? { hour: "2-digit", minute: "2-digit" } : { year: "numeric" }),
  }).format(date);
}

/** A measured value in few digits, as many in every row. */
export function measure(value: Maybe, language: Language): string {
  return known(value) ? short(value, language, 4, true) : "–";
}

/** Any value of a setting as text: what is nested as JSON. */
export function settingText(value: unknown, language: Language): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return short(value, language, 6);
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? String(value);
}
