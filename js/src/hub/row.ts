import { fill, h, set } from "../shared/dom.ts";
import { outside, visible } from "../shared/text.ts";
import type { ListRow } from "../shared/virtual-list.ts";
import { badges } from "./badges.ts";
import { ago, count, day, size, UNKNOWN } from "./format.ts";
import type { HubRow } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** Languages that a row names; the others are counted. */
const LANGUAGES = 3;

/** A model in the list; narrow places lay the same cells out as a card. */
export function hubRow(session: Session, t: Words): ListRow {
  const cell = (name: string) => h("div", { class: `hub-cell hub-${name}`, role: "gridcell" });
  const name = cell("name");
  const params = cell("params");
  const bytes = cell("size");
  const downloads = cell("downloads");
  const likes = cell("likes");
  const updated = cell("updated");
  const numbers = [params, bytes, downloads, likes, updated];
  const element = h("div", { class: "tfw-rows-row hub-row", role: "row" }, name, ...numbers);
  let drawn: HubRow | undefined | null = null;
  let marked = false;

  function value(place: HTMLElement, text: string, label: string, title: string | null = null) {
    // In a card no header says what a number means.
    fill(place, h("span", { class: "hub-value" }, text));
    place.toggleAttribute("data-unknown", text === UNKNOWN);
    set(place, "aria-label", text === UNKNOWN ? null : `${label}: ${text}`);
    set(place, "title", title ?? label);
  }

  return {
    element,
    show(index) {
      const row = session.rows.get(index);
      const open = row !== undefined && row.key === session.opened?.key;
      element.setAttribute("aria-selected", String(open && session.pane === "details"));
      const used = row !== undefined && session.isInUse(row);
      // The list shows its rows again with every step of the hub; most are as they were.
      if (row === drawn && used === marked) return;
      drawn = row;
      marked = used;
      element.toggleAttribute("data-skeleton", !row);
      element.toggleAttribute("data-off", row?.disabled === true);
      if (!row) {
        fill(
          name,
          h("span", { class: "hub-blank" }, t("not-loaded")),
          h("span", { class: "hub-blank" }),
        );
        for (const each of numbers) {
          fill(each);
          for (const attribute of ["aria-label", "title"]) set(each, attribute, null);
        }
        return;
      }
      fill(
        name,
        h("div", { class: "hub-head" }, title(row), ...badges(row, used, t)),
        h("div", { class: "hub-sub" }, ...about(row)),
      );
      const { language } = t;
      value(params, count(row.params, language), t("column.params"));
      if (row.dtype && row.params !== null)
        params.append(h("span", { class: "hub-dtype" }, visible(row.dtype)));
      const guess = row.size === null ? estimate(row) : null;
      value(
        bytes,
        guess === null ? size(row.size, language) : `≈\u202f${size(guess, language)}`,
        t("column.size"),
        guess === null ? null : t("size.guess"),
      );
      bytes.toggleAttribute("data-guess", guess !== null);
      value(downloads, count(row.downloads, language), t("column.downloads"), t("downloads.what"));
      value(likes, count(row.likes, language), t("column.likes"));
      value(updated, ago(row.updated, language), t("column.updated"), day(row.updated, language));
    },
  };
}

/** An id, its owner or folder dimmed. */
export function title(row: HubRow): HTMLElement {
  const cut = Math.max(row.id.lastIndexOf("/"), row.id.lastIndexOf("\\")) + 1;
  return h(
    "span",
    { class: "hub-id", title: visible(row.id) },
    cut > 0 && outside(row.id.slice(0, cut), { class: "hub-owner" }),
    h("b", {}, outside(row.id.slice(cut))),
  );
}

const BYTES: Record<string, number> = { float64: 8, float32: 4, float16: 2, bfloat16: 2, int8: 1 };

/** How large a model's weights are that nobody told the size of. */
function estimate({ params, dtype }: HubRow): number | null {
  const bytes = BYTES[dtype ?? ""];
  return params === null || bytes === undefined ? null : params * bytes;
}

/** The line below a name. */
function about(row: HubRow) {
  const { languages } = row;
  const more = languages.length - LANGUAGES;
  const named = languages.slice(0, LANGUAGES).join(", ") + (more > 0 ? ` +${more}` : "");
  const parts = [row.task, named, row.license].filter((part) => part);
  return parts.flatMap((part, k) => [k > 0 && " · ", outside(part as string)]);
}
