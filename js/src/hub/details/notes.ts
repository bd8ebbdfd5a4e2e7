import { type Child, h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { countdown } from "../countdown.ts";
import type { Details } from "./model.ts";
import type { Words } from "./words.ts";

/** What stands in the way of using a model, or is to be known before: each with what to do. */
export function stateNotes(
  details: Details,
  t: Words,
  actions: { retry(): void; search(name: string): void },
  until: number,
): HTMLElement[] {
  const { url, gated, problem } = details;
  const notes: HTMLElement[] = [];
  const note = (...children: Child[]) => notes.push(h("p", { class: "tfw-note" }, ...children));
  if (details.disabled) note(t("disabled"));
  if (details.private) note(t("private"));
  if (gated && !details.cached)
    note(
      t(gated === "manual" ? "gated.manual" : "gated.auto"),
      url && " ",
      url && pageLink(url, t("gated.terms")),
    );
  if (details.renamed) {
    const name = details.renamed;
    note(
      t("renamed", { name: visible(name) }),
      " ",
      h(
        "button",
        {
          type: "button",
          class: "hubd-link",
          "aria-label": t("origin.search", { name: visible(name) }),
          onclick: () => actions.search(name),
        },
        outside(name),
      ),
    );
  }
  const { missing } = details;
  // The cache knows some by their content alone.
  const names = missing.filter((name) => !/^[0-9a-f]+…$/.test(name));
  if (names.length > 0)
    note(t("missing", { n: missing.length, names: visible(names.slice(0, 4).join(", ")) }));
  else if (missing.length > 0 && details.notes.length === 0)
    note(t("missing.unnamed", { n: missing.length }));
  for (const message of details.notes) note(outside(message[t.language]));
  // A gate and a ban are said already, and the offline switch is the reader's own.
  if (!problem || ["gated", "disabled", "offline"].includes(problem.kind)) return notes;
  const pause = problem.kind === "limited" && problem.wait !== null;
  const message = visible(problem.text);
  notes.push(
    h(
      "div",
      { class: "tfw-alert", role: "alert" },
      h("span", { class: "hubd-what" }, pause ? t("limited") : t("problem", { message })),
      countdown({
        until,
        retry: t("retry"),
        wait: (time) => t("wait", { time }),
        onRetry: actions.retry,
      }).element,
    ),
  );
  return notes;
}

/** A link to a page of the hub; the text itself where the address is none of the web. */
export function pageLink(url: string, text: string): HTMLElement {
  if (!/^https?:\/\//i.test(url)) return h("span", {}, text);
  return h(
    "a",
    { href: url, target: "_blank", rel: "noopener noreferrer", class: "hubd-page" },
    text,
  );
}
