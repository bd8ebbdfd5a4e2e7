import { fill, h, set } from "../shared/dom.ts";
import { outside, visible } from "../shared/text.ts";
import type { ListRow } from "../shared/virtual-list.ts";
import { duration, measure, moment, shortMoment } from "./format.ts";
import type { RunRow } from "./model.ts";
import type { Session } from "./session.ts";
import { pill } from "./status.ts";
import type { Words } from "./words.ts";

/** A run in the table; narrow places lay the same cells out as a card. */
export function runRow(session: Session, t: Words): ListRow {
  const cell = (name: string) => h("div", { class: `runs-cell runs-${name}`, role: "gridcell" });
  let row: RunRow | undefined;
  const tick = h("input", {
    type: "checkbox",
    tabindex: -1,
    // The box follows what the session knows, not the click.
    onclick: (event: Event) => {
      event.stopPropagation();
      if (row) session.toggle(row);
    },
  });
  const box = cell("tick");
  // Beside the box is still the box.
  box.addEventListener("click", (event) => {
    event.stopPropagation();
    if (row && event.target !== tick) session.toggle(row);
  });
  box.append(tick);
  const name = cell("name");
  const status = cell("status");
  const when = cell("when");
  const seconds = cell("seconds");
  const epochs = cell("epochs");
  const best = cell("best");
  const element = h(
    "div",
    { class: "tfw-rows-row runs-row", role: "row" },
    box,
    name,
    status,
    when,
    seconds,
    epochs,
    best,
  );

  return {
    element,
    show(index) {
      row = session.pages.get(index);
      element.toggleAttribute("data-skeleton", !row);
      tick.hidden = !row;
      if (!row) {
        fill(name, h("span", { class: "runs-not-loaded" }, t("not-loaded")));
        for (const each of [status, when, seconds, epochs, best]) fill(each);
        return;
      }
      const ticked = session.chosen.has(row.id);
      tick.checked = ticked;
      set(tick, "aria-label", t("row.choose", { name: visible(row.name) }));
      element.setAttribute("aria-selected", String(ticked));
      element.toggleAttribute("data-live", row.live);
      element.toggleAttribute("data-newer", row.newer);
      fill(
        name,
        h("b", { title: visible(row.name) }, outside(row.name)),
        h("span", { class: "runs-sub" }, ...about(row, session, t)),
      );
      fill(status, pill(row.status, t), row.live && h("span", { class: "runs-live" }, t("live")));
      fill(when, shortMoment(row.started, t.language));
      set(when, "title", moment(row.started, t.language));
      fill(seconds, duration(row.seconds));
      fill(
        epochs,
        row.epochs ? t.number(row.epochs) : "–",
        row.epochs !== null &&
          row.epochs > 0 &&
          h("span", { class: "runs-unit" }, ` ${t("row.epochs", { n: row.epochs })}`),
      );
      set(epochs, "title", row.steps ? t("row.steps", { n: row.steps }) : null);
      fill(
        best,
        row.best !== null && h("span", { class: "runs-value" }, measure(row.best, t.language)),
        row.monitor && row.best !== null
          ? outside(row.monitor, { class: "runs-monitor", title: visible(row.monitor) })
          : "–",
      );
    },
  };
}

/** The line below a name: where it belongs, what was trained, what was noted. */
function about(row: RunRow, session: Session, t: Words) {
  if (row.newer) return [row.problem ? outside(row.problem) : t("row.newer")];
  const parts = [
    session.query.project === null && session.projects.length > 1 && row.project,
    row.model,
    row.note && `“${row.note}”`,
  ].filter((part) => typeof part === "string" && part !== "");
  return parts.flatMap((part, k) => [k > 0 && " · ", outside(part as string)]);
}
