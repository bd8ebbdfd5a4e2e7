import { fill, h } from "../shared/dom.ts";
import { rest } from "../shared/rest.ts";
import { visible } from "../shared/text.ts";
import type { Session } from "./session.ts";
import { STATUSES } from "./status.ts";
import type { Words } from "./words.ts";

/** The fields that narrow the table down: by text, by status, by project. */
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
    elements: [text, status, project],
    update(): void {
      // Not while someone types: rows of an earlier question may come in between.
      if (!typing.waiting()) text.value = session.query.text;
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
    dispose: typing.stop,
  };
}
