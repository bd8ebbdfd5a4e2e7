import { h } from "../shared/dom.ts";
import { visible } from "../shared/text.ts";
import type { HubRow } from "./model.ts";
import type { Words } from "./words.ts";

/** What sets a model apart: a word each, its meaning in the title. */
export function badges(row: HubRow, inUse: boolean, t: Words): HTMLElement[] {
  const badge = (kind: string, text: string, title: string) =>
    h("span", { class: "hub-badge", "data-kind": kind, title }, text);
  const notes = row.notes.map((note) => visible(note[t.language]));
  const found: (HTMLElement | false)[] = [
    inUse && badge("use", t("badge.use"), t("badge.use.what")),
    row.source === "demo" && badge("here", t("badge.demo"), t("badge.demo.what")),
    row.source === "folder" && badge("here", t("badge.folder"), t("badge.folder.what")),
    row.missing > 0 &&
      badge(
        "warn",
        t("badge.missing"),
        [t("badge.missing.what", { n: row.missing }), ...notes].join("\n"),
      ),
    row.cached &&
      row.source !== "demo" &&
      row.source !== "folder" &&
      badge("here", t("badge.here"), t("badge.here.what")),
    row.disabled && badge("warn", t("badge.disabled"), t("badge.disabled.what")),
    Boolean(row.gated) && badge("gate", t("badge.gated"), t("badge.gated.what")),
    row.private && badge("gate", t("badge.private"), t("badge.private.what")),
    notes.length > 0 && row.missing === 0 && badge("warn", "!", notes.join("\n")),
  ];
  return found.filter((each) => each !== false);
}
