import { h } from "../shared/dom.ts";
import { rest } from "../shared/rest.ts";
import { visible } from "../shared/text.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** The fields that narrow the table down: by text, by label. */
export function filters(session: Session, t: Words) {
  const typing = rest(() => {
    if (text.value !== session.query.text) session.ask({ text: text.value });
  });
  const text = h("input", {
    type: "search",
    class: "tfw-input",
    placeholder: t("filter.text-hint"),
    "aria-label": t("filter.text"),
    oninput: typing.later,
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Enter") typing.now();
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
      // Not while someone types: rows of an earlier query may come in between.
      if (!typing.waiting()) text.value = session.query.text;
      label.value = session.query.label === null ? "" : String(session.query.label);
    },
    dispose: typing.stop,
  };
}
