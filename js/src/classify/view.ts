import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { notes } from "../shared/notes.ts";
import { type Frame, redrawn, type View } from "../shared/widget.ts";
import { chooser } from "./chooser.ts";
import { detail } from "./detail.ts";
import { filters } from "./filters.ts";
import { grid } from "./grid.ts";
import type { ClassifyState, ScoredRow } from "./model.ts";
import { type Change, Session } from "./session.ts";
import { sortControls } from "./sort-controls.ts";
import { summaryLine } from "./summary.ts";
import type { classifyWords, Words } from "./words.ts";
import "../shared/rows.css";
import "./classify.css";

/** Below this width (px) rows have two lines, and sorting a field of its own. */
const NARROW = 560;
/** From this width (px) on the detail stands beside the table. */
const WIDE = 1100;

/** The view of a classification: a table of texts with a bar for every class. */
export function mount(frame: Frame<ClassifyState>): View<keyof typeof classifyWords> {
  const session = new Session(frame);
  return redrawn(
    (t) => draw(frame, session, t),
    () => session.pages.dispose(),
  );
}

function draw({ content, status, guard }: Frame<ClassifyState>, session: Session, t: Words) {
  const panel = detail({ session, t, onClose: () => close() });
  const table = grid({ session, t, guard, onOpen: open });
  const filter = filters(session, t);
  const sort = sortControls(session, t);
  const choice =
    session.labels.length > session.defaultColumns.length
      ? chooser({ session, t, around: table.first })
      : undefined;
  const count = h("span", { class: "tfw-count", role: "status" });
  const problem = h("div", { class: "tfw-problem" });
  const nothing = h("div", { class: "tfw-nothing", hidden: true });

  function open(row: ScoredRow, by: "pointer" | "keyboard"): void {
    session.opened = row;
    panel.open(row);
    table.refresh();
    if (by === "keyboard") panel.focus();
  }

  function close(): void {
    session.opened = undefined;
    panel.close();
    table.refresh();
    table.element.focus({ preventScroll: true });
  }

  const update = guard((change: Change) => {
    const { pages, failure, filtered } = session;
    if (change === "replaced" && pages.query.columns === shownColumns) table.toTop();
    shownColumns = pages.query.columns;
    table.update();
    filter.update();
    sort.update();
    choice?.update();
    content.toggleAttribute("data-stale", session.stale);
    count.textContent = filtered
      ? t("count.filtered", { n: pages.total, total: session.summary.total })
      : "";
    nothing.hidden = pages.total > 0;
    if (pages.total === 0) fill(nothing, ...emptiness());
    fill(problem, failure && alert(failure.error, t, () => session.retry()));
  });
  let shownColumns = session.columns;

  function emptiness() {
    if (!session.filtered) return [t("table.empty")];
    const clear = () => session.ask({ text: "", label: null });
    return [
      t("filter.nothing"),
      " ",
      h("button", { type: "button", class: "tfw-button", onclick: clear }, t("filter.clear")),
    ];
  }

  const measure = guard(() => {
    const width = content.clientWidth;
    if (width === 0) return;
    const size = width < NARROW ? "narrow" : width < WIDE ? "medium" : "wide";
    if (content.dataset.size !== size) {
      content.dataset.size = size;
      table.setSize(size);
      update("rows");
    }
    table.layout();
  });

  session.onChange = update;
  fill(
    content,
    h("div", { class: "tfw-facts" }, summaryLine(session, t), count, status),
    notes(session.summary.notes, t),
    h(
      "div",
      { class: "tfw-bar-of-controls" },
      ...filter.elements,
      sort.element,
      ...(choice?.controls ?? []),
    ),
    choice?.panel,
    problem,
    h(
      "div",
      {
        class: "tfw-main",
        onkeydown: (event: KeyboardEvent) => {
          if (event.key !== "Escape" || !session.opened) return;
          event.stopPropagation();
          close();
        },
      },
      h("div", { class: "tfw-rows" }, table.element, nothing),
      panel.element,
    ),
  );
  delete content.dataset.size;
  update("rows");
  if (session.opened) panel.open(session.opened);
  measure();
  const observer = new ResizeObserver(measure);
  observer.observe(content);

  return {
    dispose(): void {
      observer.disconnect();
      filter.dispose();
      table.dispose();
      panel.dispose();
    },
  };
}
