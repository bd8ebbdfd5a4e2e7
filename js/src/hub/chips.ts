import { fill, h } from "../shared/dom.ts";
import type { Session } from "./session.ts";
import { chipText } from "./values.ts";
import type { Words } from "./words.ts";

/** What narrows the list down, each to be taken away, and how many models are left. */
export function chips(session: Session, t: Words, status: HTMLElement, onEmpty: () => void) {
  const count = h("span", { class: "hub-count", role: "status" });
  const list = h("div", { class: "hub-chips", role: "group", "aria-label": t("filters.active") });
  const element = h("div", { class: "hub-line" }, list, status, count);
  let drawn = "";

  function say(): string {
    const { rows, failure } = session;
    const { known, more, counts, problem } = rows.latest;
    const here = (counts.cache ?? 0) + (counts.folder ?? 0) + (counts.demo ?? 0);
    if (rows.searching && !session.offline && !failure) return t("asking");
    if (known === 0) return "";
    const many = t(more && !problem ? "count.more" : "count", { n: known });
    return here > 0 && here < known ? `${many}, ${t("count.here", { n: here })}` : many;
  }

  return {
    element,
    update(): void {
      const text = say();
      if (count.textContent !== text) count.textContent = text;
      const key = JSON.stringify([session.query, t.language]);
      if (key === drawn) return;
      drawn = key;
      // The words stand in their field.
      const names = session.narrowed.filter((name) => name !== "text");
      const held = list.contains(document.activeElement);
      const items = names.map((name) => {
        const words = chipText(name, session.query, t);
        return h(
          "button",
          {
            type: "button",
            class: "hub-chip",
            "aria-label": t("filter.remove", { name: words }),
            title: t("filter.remove", { name: words }),
            onclick: () => session.clear(name),
          },
          h("bdi", {}, words),
          h("span", { class: "hub-cross", "aria-hidden": true }, "×"),
        );
      });
      const reset = h(
        "button",
        { type: "button", class: "hub-reset", onclick: () => session.clear(...names) },
        t("filter.reset"),
      );
      fill(list, ...items, names.length > 1 && reset);
      if (held) {
        if (items[0]) items[0].focus();
        else onEmpty();
      }
    },
  };
}
