import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { outside } from "../shared/text.ts";
import { VirtualList } from "../shared/virtual-list.ts";
import type { Frame } from "../shared/widget.ts";
import { actions } from "./actions.ts";
import { filters } from "./filters.ts";
import { header, sortControls } from "./header.ts";
import type { RunRow, RunsState } from "./model.ts";
import { runRow } from "./row.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** Below this width (px) a row is a card. */
const NARROW = 620;
/** Of a row and of a card, in px; see runs.css. */
const HEIGHTS = { wide: 46, narrow: 88 };

interface ListOptions {
  session: Session;
  t: Words;
  guard: Frame<RunsState>["guard"];
  onOpen(row: RunRow): void;
  onCompare(): void;
}

/** The table of runs with all that narrows it down, and what can be done with those ticked. */
export function runList({ session, t, guard, onOpen, onCompare }: ListOptions) {
  const { pages } = session;
  const filter = filters(session, t);
  const sort = sortControls(session, t);
  const bar = actions({ session, t, onCompare, onDone: () => grid.focus({ preventScroll: true }) });
  const head = header(session, t);
  const headGroup = h("div", { class: "tfw-rows-head", role: "rowgroup" }, head.element);
  const body = h("div", { class: "tfw-rows-body", role: "rowgroup" });
  const grid = h(
    "div",
    {
      class: "tfw-rows-grid",
      role: "grid",
      tabindex: 0,
      "aria-label": t("table"),
      "aria-multiselectable": "true",
      onkeydown: (event: KeyboardEvent) => {
        if (event.target !== grid || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === " ") {
          const row = pages.get(list.active);
          if (row) session.toggle(row);
        } else if (event.key === "Delete") bar.confirm();
        else return;
        event.preventDefault();
        event.stopPropagation();
      },
    },
    headGroup,
    body,
  );
  const nothing = h("div", { class: "runs-nothing" });
  const problem = h("div", { class: "tfw-problem" });
  const table = h("div", { class: "tfw-rows" }, grid, nothing);
  const count = h("span", { class: "tfw-count", role: "status" });
  const list = new VirtualList({
    scroller: grid,
    body,
    create: () => runRow(session, t),
    onRange: (first, last) => session.want(first, last),
    onOpen: guard((index: number) => {
      const row = pages.get(index);
      if (row) onOpen(row);
    }),
  });
  let size: keyof typeof HEIGHTS | undefined;

  function emptiness() {
    if (session.loading) return [t("loading")];
    if (session.filtered) {
      const clear = () => session.ask({ text: "", status: null, project: null });
      return [
        t("filter.nothing"),
        " ",
        h("button", { type: "button", class: "tfw-button", onclick: clear }, t("filter.clear")),
      ];
    }
    return [
      h("b", {}, t("empty.title")),
      h("p", {}, t("empty.how")),
      h("code", {}, "learn.fit_one_cycle(3, cbs=tfw.TrainingDashboard())"),
      h("p", {}, t("empty.import")),
      h("code", {}, 'tfw.import_run("trainer_state.json")'),
    ];
  }

  const controls = h(
    "div",
    { class: "tfw-bar-of-controls" },
    ...filter.elements,
    sort.element,
    count,
  );
  const element = h("div", { class: "runs-list" }, controls, bar.element, problem, table);

  return {
    element,
    count,
    update(replaced: boolean): void {
      const { total } = pages;
      if (replaced) list.toTop();
      filter.update();
      sort.update();
      head.update();
      bar.update();
      grid.setAttribute("aria-rowcount", String(total + (size === "narrow" ? 0 : 1)));
      grid.setAttribute("aria-busy", String(pages.replacing));
      grid.hidden = total === 0;
      element.toggleAttribute("data-stale", session.query !== pages.query);
      controls.hidden = total === 0 && !session.filtered && !session.loading;
      bar.element.hidden = total === 0 && session.chosen.size === 0;
      count.textContent = session.loading ? "" : t("count", { n: total });
      nothing.hidden = total > 0 || session.failure !== undefined;
      if (!nothing.hidden) fill(nothing, ...emptiness());
      table.hidden = total === 0 && nothing.hidden;
      fill(
        problem,
        session.failure && alert(session.failure.error, t, () => session.retry()),
        ...session.problems.map((text) => h("p", { class: "tfw-note" }, outside(text))),
      );
      list.update(total);
    },
    layout(width: number): void {
      // In a hidden tab nothing has a width.
      const now = width > 0 && width < NARROW ? "narrow" : "wide";
      if (now !== size) {
        size = now;
        element.dataset.size = now;
        headGroup.hidden = now === "narrow";
        list.reshape(HEIGHTS[now], now === "narrow" ? 0 : 1);
      }
      list.render();
    },
    focus: () => grid.focus({ preventScroll: true }),
    dispose(): void {
      filter.dispose();
      list.dispose();
    },
  };
}
