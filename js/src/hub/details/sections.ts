import { type Child, fill, h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { size } from "../format.ts";
import type { Details } from "./model.ts";
import { table } from "./table.ts";
import { named, type Words } from "./words.ts";

/** What stands below a tab, drawn anew when more is known. */
export interface Section {
  element: HTMLElement;
  update(details: Details): void;
  dispose?(): void;
}

function section(draw: (details: Details) => Child[], first: Details): Section {
  const element = h("div", { class: "hubd-section" });
  let drawn = "";
  const update = (details: Details) => {
    // What is the same stays: a reader may be in the middle of it.
    const state = JSON.stringify([
      details.files,
      details.origin,
      details.results,
      details.complete,
    ]);
    if (state === drawn) return;
    drawn = state;
    fill(element, ...draw(details));
  };
  update(first);
  return { element, update };
}

const muted = (text: string) => h("p", { class: "tfw-muted" }, text);

export function filesSection(first: Details, t: Words): Section {
  return section(({ files, moreFiles, complete }) => {
    if (files.length === 0) return [muted(complete ? t("files.none") : t("asking"))];
    const rows = files.map((file) => ({
      head: outside(file.name),
      cells: [
        size(file.size, t.language),
        file.here && h("span", { role: "img", "aria-label": t("abilities.yes") }, "✓"),
      ],
    }));
    return [
      table(t("tab.files"), [t("files.name"), t("files.size"), t("files.here")], rows),
      moreFiles > 0 && muted(t("files.more", { n: moreFiles })),
    ];
  }, first);
}

export function originSection(first: Details, t: Words, search: (name: string) => void): Section {
  return section(({ origin, complete }) => {
    const { bases, children, relation } = origin;
    if (bases.length + children.length === 0)
      return [muted(complete ? t("origin.none") : t("asking"))];
    return [
      bases.length > 0 &&
        h(
          "h4",
          { class: "hubd-title" },
          t("origin.bases"),
          aside(relation && named(t, "relation", relation)),
        ),
      bases.length > 0 &&
        h(
          "ul",
          { class: "hubd-tree" },
          ...bases.map((name) => h("li", {}, found(name, t, search))),
        ),
      children.length > 0 && h("h4", { class: "hubd-title" }, t("origin.children")),
      children.length > 0 &&
        h(
          "ul",
          { class: "hubd-tree" },
          ...children.map((each) =>
            h("li", {}, t(`children.${each.relation ?? "any"}` as "children.any", { n: each.n })),
          ),
        ),
    ];
  }, first);
}

const aside = (text: string | null) => text && h("span", { class: "tfw-muted hubd-aside" }, text);

function found(name: string, t: Words, search: (name: string) => void): HTMLElement {
  return h(
    "button",
    {
      type: "button",
      class: "hubd-link",
      title: t("origin.search", { name: visible(name) }),
      onclick: () => search(name),
    },
    outside(name),
  );
}

export function resultsSection(first: Details, t: Words): Section {
  return section(({ results, complete }) => {
    if (results.length === 0) return [muted(complete ? t("results.none") : t("asking"))];
    const number = new Intl.NumberFormat(t.language, { maximumSignificantDigits: 6 });
    const rows = results.map((result) => ({
      head: outside(result.dataset ?? result.task ?? "–"),
      cells: [
        result.task && outside(result.task),
        result.metric && outside(result.metric),
        h(
          "span",
          {},
          typeof result.value === "number"
            ? number.format(result.value)
            : outside(result.value ?? "–"),
          result.verified && aside(t("results.verified")),
        ),
        result.source && outside(result.source),
      ],
    }));
    return [
      table(
        t("tab.results"),
        [
          t("results.dataset"),
          t("results.task"),
          t("results.metric"),
          t("results.value"),
          t("results.source"),
        ],
        rows,
      ),
      h("p", { class: "tfw-muted hubd-small" }, t("results.note")),
    ];
  }, first);
}
