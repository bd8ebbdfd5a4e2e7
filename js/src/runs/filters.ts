import { fill, h } from "../shared/dom.ts";
import { searchField } from "../shared/search-field.ts";
import { visible } from "../shared/text.ts";
import type { Session } from "./session.ts";
import { STATUSES } from "./status.ts";
import type { Words } from "./words.ts";

/** The fields that narrow the table down: by text, by status, by project. */
export function filters(session: Session, t: Words) {
  const text = searchField(session, {
    label: t("filter.text"),
    hint: t("filter.text-hint"),
  });
  const status = h(
    "select",
    {
      class: "tfw-input",
      "aria-label": t("filter.status"),
      onchange: () => session.ask({ status: status.value || null }),
    },
    h("option", { value: "" }, t("filter.all-statuses")),
    ...STATUSES.map((name) => h("option", { value: name }, t(`status.${name}`))),
  );
  const project = h("select", {
    class: "tfw-input",
    "aria-label": t("filter.project"),
    onchange: () => session.ask({ project: project.value || null }),
  });
  let drawn = "";

  return {
    elements: [text.element, status, project],
    update(): void {
      text.update();
      status.value = session.query.status ?? "";
      const names = session.projects;
      const key = JSON.stringify(names);
      if (key !== drawn) {
        drawn = key;
        fill(
          project,
          h("option", { value: "" }, t("filter.all-projects")),
          ...names.map((name) => h("option", { value: name }, visible(name))),
        );
      }
      project.value = session.query.project ?? "";
      project.hidden = names.length < 2 && session.query.project === null;
    },
    dispose: text.dispose,
  };
}
