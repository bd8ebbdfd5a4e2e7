import { fill, h } from "../shared/dom.ts";
import { type Frame, redrawn, type View } from "../shared/widget.ts";
import { type Opened, opened } from "./late.ts";
import { runList } from "./list.ts";
import type { RunRow, RunsState } from "./model.ts";
import { type Place, Session } from "./session.ts";
import { pill } from "./status.ts";
import type { Key, Words } from "./words.ts";
import "../shared/rows.css";
import "./runs.css";

/** The history of trainings: a table, one run of it, or some beside each other. */
export function mount(frame: Frame<RunsState>): View<Key> {
  const session = new Session(frame);
  return redrawn(
    (t) => draw(frame, session, t),
    () => session.dispose(),
  );
}

function draw({ content, status, guard }: Frame<RunsState>, session: Session, t: Words) {
  const list = runList({
    session,
    t,
    guard,
    onOpen: (row) => go("run", row),
    onCompare: () => {
      session.compared = [...session.chosen.keys()];
      go("compare");
    },
  });
  const place = h("div", {
    class: "runs-open",
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== "Escape" || session.place === "list") return;
      event.stopPropagation();
      back();
    },
  });
  let open: Opened | undefined;
  /** Where "back" goes to from a run. */
  let from: Place = "list";

  function show(): void {
    open?.dispose();
    open = undefined;
    list.element.hidden = session.place !== "list";
    if (session.place !== "list") {
      const context = {
        session,
        language: t.language,
        guard,
        row: session.place === "run" ? session.opened : undefined,
        pill: (name: string) => pill(name, t),
        onBack: back,
        onOpen: (row: RunRow) => go("run", row),
      };
      open = opened(context, t);
    }
    fill(place, open?.element);
    place.hidden = !open;
    if (!open) list.layout(content.clientWidth);
  }

  function go(where: Place, row?: RunRow): void {
    from = session.place;
    session.place = where;
    session.opened = row;
    show();
    open?.focus();
  }

  function back(): void {
    session.place = session.place === "run" ? from : "list";
    from = "list";
    show();
    if (open) open.focus();
    else {
      list.update(false);
      list.focus();
    }
  }

  const measure = guard(() => {
    if (content.clientWidth > 0 && session.place === "list") list.layout(content.clientWidth);
  });
  session.onChange = guard((replaced: boolean) => {
    if (session.place === "list") list.update(replaced);
  });
  fill(content, status, list.element, place);
  list.layout(content.clientWidth);
  list.update(false);
  show();
  const observer = new ResizeObserver(measure);
  observer.observe(content);
  return {
    dispose(): void {
      observer.disconnect();
      open?.dispose();
      list.dispose();
    },
  };
}
