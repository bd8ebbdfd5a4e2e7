import { type Child, h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { ago, count, day, size } from "../format.ts";
import { languageName } from "../languages.ts";
import type { Details, Facts, Origin } from "./model.ts";
import { named, type Words } from "./words.ts";

/** Languages that are named; the others are counted. */
const NAMED = 8;

/** What there is to know of a model, each with its name before it. */
export function factList(details: Details, t: Words): HTMLElement {
  const { facts } = details;
  const { language } = t;
  const when = (moment: number | null): Child => {
    const date = day(moment, language);
    return date && h("span", { title: date }, ago(moment, language));
  };
  const number = (value: number | null): Child => value !== null && t.number(value);
  const rows: [key: keyof Facts | "bases", value: Child][] = [
    ["task", facts.task && outside(facts.task)],
    ["languages", languages(facts.languages, t)],
    ["license", facts.license && outside(facts.license)],
    ["params", params(facts, t)],
    ["dtype", facts.dtypes.length < 2 && facts.dtype && outside(facts.dtype)],
    ["size", facts.size !== null && size(facts.size, language)],
    ["downloads", number(facts.downloads)],
    ["likes", number(facts.likes)],
    ["updated", when(facts.updated)],
    ["created", when(facts.created)],
    ["used", when(facts.used)],
    ["architecture", facts.architecture && outside(facts.architecture)],
    ["family", facts.family && outside(facts.family)],
    ["bases", bases(details.origin, t)],
    ["context", facts.context !== null && t("tokens", { n: facts.context })],
    ["hidden", number(facts.hidden)],
    ["layers", number(facts.layers)],
    ["heads", number(facts.heads)],
    ["vocabulary", number(facts.vocabulary)],
    ["libraries", facts.libraries.length > 0 && outside(facts.libraries.join(", "))],
    ["datasets", facts.datasets.length > 0 && outside(facts.datasets.join(", "))],
    [
      "revision",
      facts.revision && h("code", { title: visible(facts.revision) }, facts.revision.slice(0, 12)),
    ],
    ["folder", facts.folder && h("code", {}, outside(facts.folder))],
  ];
  return h(
    "dl",
    { class: "hubd-facts" },
    ...rows.flatMap(([key, value]) =>
      value ? [h("dt", {}, t(`fact.${key}` as "fact.task")), h("dd", {}, value)] : [],
    ),
  );
}

function bases({ bases, relation }: Origin, t: Words): string | false {
  if (bases.length === 0) return false;
  const names = bases.slice(0, 3).map(visible).join(", ");
  const more = bases.length - 3;
  const others = more > 0 ? ` ${t("files.more", { n: more })}` : "";
  return names + others + (relation ? ` (${named(t, "relation", relation)})` : "");
}

function languages(codes: string[], t: Words): string | false {
  if (codes.length === 0) return false;
  const several = t("multilingual");
  const names = codes
    .slice(0, NAMED)
    .map((code) => visible(languageName(code, t.language, several)));
  const more = codes.length - names.length;
  return names.join(", ") + (more > 0 ? ` ${t("files.more", { n: more })}` : "");
}

function params({ params: total, dtypes }: Facts, t: Words): Child {
  if (total === null) return null;
  const exact = h("span", { title: t.number(total) }, count(total, t.language));
  if (dtypes.length < 2) return exact;
  const parts = dtypes.map(([name, n]) => `${visible(name)} ${count(n, t.language)}`);
  return h("span", {}, exact, ` (${parts.join(", ")})`);
}
