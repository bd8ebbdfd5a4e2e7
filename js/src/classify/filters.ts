import { h } from "../shared/dom.ts";
import { visible } from "../shared/text.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** How long (ms) the keys rest before a filter is asked for. */
const REST = 250;

/** The fields that narrow the table down: by text, by label. */
export function filters(session: Session, t: Words) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const apply = () => {
    clearTimeout(timer);
    if (text.value !== session.query.text) session.ask({ text: text.value });
  };
  const text = h("input", {
    type: "search",
    class: "tfw-input",
    placeholder: t("filter.text-hint"),
    "aria-label": t("filter.text"),
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(apply, REST);
    },
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Enter") apply();
    },
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
    elements: [text, label],
    update(): void {
      // Not while someone types: the query lags behind the field.
      if (text !== document.activeElement || session.query.text === "") {
        text.value = session.query.text;
      }
      label.value = session.query.label === null ? "" : String(session.query.label);
    },
    dispose: () => clearTimeout(timer),
  };
}
