import { fill, h } from "../shared/dom.ts";
import { PLACES } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** What is said where no model was found, and what may help. */
export function nothingFound(session: Session, t: Words) {
  const element = h("div", { class: "hub-nothing" });
  const button = (text: string, onclick: () => void) =>
    h("button", { type: "button", class: "tfw-button", onclick }, text);

  return {
    element,
    update(empty: boolean): void {
      const { rows, failure, narrowed, offline } = session;
      const { problem } = rows.latest;
      element.hidden = !empty || failure !== undefined || rows.searching;
      if (element.hidden) return;
      const unreached = problem !== null && !offline;
      const filters = narrowed.filter((name) => name !== "where");
      fill(
        element,
        h("b", {}, t(unreached || offline ? "nothing.here" : "nothing")),
        h("p", {}, t(filters.length > 0 ? "nothing.fewer" : "nothing.how")),
        h(
          "div",
          { class: "hub-bar" },
          filters.length > 0 && button(t("nothing.reset"), () => session.clear(...filters)),
          offline && button(t("nothing.online"), () => session.ask({ where: [...PLACES] })),
        ),
      );
    },
  };
}
