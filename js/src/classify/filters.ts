import { h } from "../shared/dom.ts";
import { searchField } from "../shared/search-field.ts";
import { visible } from "../shared/text.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** The fields that narrow the table down: by text, by label. */
export function filters(session: Session, t: Words) {
  const text = searchField(session, {
    label: t("filter.text"),
    hint: t("filter.text-hint"),
  });
  const label = h(
    "select",
    {
      class: "tfw-input",
      "aria-label": t("filter.label"),
      onchange: () => session.ask({ label: label.value === "" ? null : Number(label.value) }),
    },
    h("option", { value: "" }, t("filter.all-labels")),
    ...session.labels.map((name, k) => {
      const n = session.summary.counts[k] ?? 0;
      return h("option", { value: k }, t("filter.option", { label: visible(name), n }));
    }),
  );

  return {
    elements: [text.element, label],
    update(): void {
      text.update();
      label.value = session.query.label === null ? "" : String(session.query.label);
    },
    dispose: text.dispose,
  };
}
