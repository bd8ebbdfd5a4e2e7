import { fill, h } from "../shared/dom.ts";
import { visible } from "../shared/text.ts";
import { CHOSEN, type Chosen, PLACES, type Place, type Query } from "./model.ts";
import type { Session } from "./session.ts";
import { valueText } from "./values.ts";
import { named, type Words } from "./words.ts";

/** Sizes that people tell apart: what a laptop trains, runs, runs slowly, and does not. */
export const PARAMS = [":50M", "50M:200M", "200M:1B", "1B:7B", "7B:"];

interface Option {
  value: string;
  text: string;
}

/** A field with fixed or seen values; its first option stands for any of them. */
function choice(name: keyof Query, t: Words, onPick: (value: string | null) => void) {
  const any = named(t, "filter", name);
  const element = h("select", {
    class: "tfw-input hub-filter",
    "aria-label": any,
    onchange: () => onPick(element.value || null),
  });
  let drawn = "";
  return {
    element,
    update(groups: [label: string, options: Option[]][], value: string | null): void {
      const key = JSON.stringify([groups, value]);
      if (key === drawn) return;
      drawn = key;
      const known = groups.some(([, options]) => options.some((option) => option.value === value));
      const options = (list: Option[]) =>
        list.map((option) => h("option", { value: option.value }, visible(option.text)));
      fill(
        element,
        h("option", { value: "" }, value === null ? any : t("filter.any", { name: any })),
        // What was asked for in code need not be among them.
        ...(value !== null && !known ? options([{ value, text: valueText(name, value, t) }]) : []),
        ...groups
          .filter(([, list]) => list.length > 0)
          .flatMap(([label, list]) =>
            label ? [h("optgroup", { label }, ...options(list))] : options(list),
          ),
      );
      element.value = value ?? "";
      element.toggleAttribute("data-set", value !== null);
    },
  };
}

/** The fields that narrow the list down, with numbers where they are known. */
export function filters(session: Session, t: Words) {
  const seen = CHOSEN.map((name) => ({
    name,
    field: choice(name, t, (value) => session.ask({ [name]: value })),
  }));
  const place = choice("where", t, (value) =>
    session.ask({ where: value ? (value.split(",") as Place[]) : [...PLACES] }),
  );
  const params = choice("params", t, (value) => session.ask({ params: value }));
  const gated = choice("gated", t, (value) =>
    session.ask({ gated: value === null ? null : value === "true" }),
  );
  const fields = [...seen.map(({ field }) => field), place, params, gated];

  function groups(name: Chosen): [string, Option[]][] {
    const counted = session.rows.latest.facets[name] ?? [];
    const here = counted.map(([value, count]) => ({
      value,
      text: `${valueText(name, value, t)} (${t.number(count)})`,
    }));
    const known = new Set(counted.map(([value]) => value));
    const others = session.choices[name]
      .filter((value) => !known.has(value))
      .map((value) => ({ value, text: valueText(name, value, t) }))
      .sort((a, b) => a.text.localeCompare(b.text, t.language));
    return [
      [t("filter.listed"), here],
      [here.length > 0 ? t("filter.others") : "", others],
    ];
  }

  return {
    elements: fields.map(({ element }) => element),
    update(): void {
      const { query } = session;
      const { counts } = session.rows.latest;
      for (const { name, field } of seen) field.update(groups(name), query[name]);
      const where = PLACES.map((value) => {
        const n = counts[value === "folders" ? "folder" : value];
        const text = valueText("where", value, t);
        return { value, text: n ? `${text} (${t.number(n)})` : text };
      });
      const all = query.where.length === PLACES.length;
      place.update([["", where]], all ? null : query.where.join(","));
      const texts = (name: keyof Query, values: string[]) =>
        values.map((value) => ({ value, text: valueText(name, value, t) }));
      params.update([["", texts("params", PARAMS)]], query.params);
      gated.update(
        [["", texts("gated", ["false", "true"])]],
        query.gated === null ? null : String(query.gated),
      );
    },
  };
}
