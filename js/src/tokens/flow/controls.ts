import { h, uniqueId } from "../../shared/dom.ts";
import type { Context } from "../panel.ts";
import type { Colours, Labels, Session } from "../session.ts";

/** What tokens are labelled with and coloured by; one bar for all flows of a panel. */
export function controls({ state, t }: Context, session: Session, refresh: () => void) {
  const colours: Colours[] = ["position", "token", "word"];
  if (state.summary.roles.length > 0) colours.push("role");

  function group<Value extends Labels | Colours>(
    name: "labels" | "colours",
    values: Value[],
    pick: (value: Value) => void,
  ): HTMLElement {
    const id = uniqueId("tok-choice");
    return h(
      "div",
      { class: "tok-choice", role: "radiogroup", "aria-labelledby": id },
      h("span", { class: "tfw-muted", id }, t(`mode.${name}`)),
      ...values.map((value) =>
        h(
          "label",
          {},
          h("input", {
            type: "radio",
            name: id,
            checked: session[name] === value,
            onchange: () => {
              pick(value);
              refresh();
            },
          }),
          h("span", {}, t(`mode.${value}`)),
        ),
      ),
    );
  }

  return h(
    "div",
    { class: "tok-controls" },
    group<Labels>("labels", ["text", "pieces", "ids"], (value) => {
      session.labels = value;
    }),
    group<Colours>("colours", colours, (value) => {
      session.colours = value;
    }),
    h(
      "label",
      { class: "tok-check" },
      h("input", {
        type: "checkbox",
        checked: session.whitespace,
        onchange: ({ target }: Event) => {
          session.whitespace = (target as HTMLInputElement).checked;
          refresh();
        },
      }),
      t("mode.whitespace"),
    ),
  );
}
