import { visible } from "../shared/text.ts";
import { languageName } from "./languages.ts";
import { PLACES, type Query } from "./model.ts";
import { named, type Words } from "./words.ts";

/** A value of a filter, as people read it. */
export function valueText(name: keyof Query, value: string, t: Words): string {
  if (name === "language")
    return `${languageName(value, t.language, t("multilingual"))} (${value})`;
  if (name === "where") return places(value.split(","), t);
  if (name === "gated") return t(value === "true" ? "gated.only" : "gated.open");
  if (name === "params") return range(value, t);
  return value;
}

/** The filters of a question that are set, as its chips say. */
export function chipText(name: keyof Query, query: Query, t: Words): string {
  const value = query[name];
  const label = named(t, "filter", name);
  if (name === "where") {
    const words = places(query.where, t);
    return words === t("offline") ? words : `${label}: ${words}`;
  }
  if (name === "gated") return valueText("gated", String(value), t);
  return `${label}: ${visible(valueText(name, String(value), t))}`;
}

/** Where is looked; without a network that has a name of its own. */
function places(where: string[], t: Words): string {
  if (where.length === PLACES.length - 1 && !where.includes("hub")) return t("offline");
  return where.map((place) => named(t, "place", place)).join(", ");
}

/** "50M:200M" as "50–200 M", open ends in words. */
function range(value: string, t: Words): string {
  const [low = "", high = ""] = value.split(":").map((part) => spaced(part, t));
  if (!value.includes(":")) return low;
  if (!low) return t("params.most", { high });
  if (!high) return t("params.least", { low });
  const [number = "", sign] = low.split("\u202f");
  return high.endsWith(`\u202f${sign}`) ? `${number}–${high}` : `${low} – ${high}`;
}

function spaced(part: string, t: Words): string {
  const found = /^([\d.]+)([kmbt]?)$/i.exec(part.trim());
  if (!found) return part;
  const [, number = "", sign = ""] = found;
  return sign
    ? `${t.number(Number(number))}\u202f${sign.toUpperCase().replace("K", "k")}`
    : t.number(Number(number));
}
