import { h } from "../shared/dom.ts";
import { searchField } from "../shared/search-field.ts";
import { filters } from "./filters.ts";
import { sortField } from "./header.ts";
import { PLACES } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** How long (ms) typing rests before it is searched for: each search may cost a request. */
const TYPING = 300;

/** Everything that says what is looked for, and where. */
export function controls(session: Session, t: Words, onCache: () => void) {
  const search = searchField(session, {
    label: t("search"),
    hint: t("search.hint"),
    ms: TYPING,
    props: { class: "tfw-input hub-search", "aria-keyshortcuts": "/" },
  });
  const sort = sortField(session, t);
  const filter = filters(session, t);
  const offline = h("input", {
    type: "checkbox",
    onchange: () =>
      session.ask({ where: PLACES.filter((place) => place !== "hub" || !offline.checked) }),
  });
  const fields = h(
    "div",
    { class: "hub-filters", role: "group", "aria-label": t("filters"), title: t("filters.what") },
    ...filter.elements,
  );
  // Where there is no room the fields are behind a button.
  const more = h(
    "button",
    {
      type: "button",
      class: "tfw-button hub-more",
      "aria-expanded": false,
      onclick: () => {
        const open = fields.toggleAttribute("data-open");
        more.setAttribute("aria-expanded", String(open));
      },
    },
    t("filters"),
  );
  const cache = h(
    "button",
    { type: "button", class: "tfw-button", onclick: onCache },
    `${t("cache")} …`,
  );
  const order = h("p", { class: "tfw-note hub-order" }, t("sort.local"));
  const element = h(
    "div",
    { class: "hub-controls" },
    h(
      "div",
      { class: "hub-bar" },
      search.element,
      sort.element,
      more,
      h("label", { class: "hub-offline", title: t("offline.what") }, offline, t("offline")),
      cache,
    ),
    fields,
    order,
  );

  return {
    element,
    update(): void {
      search.update();
      sort.update();
      filter.update();
      offline.checked = session.offline;
      // The hub knows other orders than people do.
      order.hidden = session.offline || !["params", "size", "name"].includes(session.query.sort);
    },
    focus: search.focus,
    toCache: () => cache.focus({ preventScroll: true }),
    dispose: search.dispose,
  };
}
