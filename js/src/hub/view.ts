import { fill, h } from "../shared/dom.ts";
import { type Frame, redrawn, type View } from "../shared/widget.ts";
import { chips } from "./chips.ts";
import { controls } from "./controls.ts";
import { letterScale } from "./letters.ts";
import { hubList } from "./list.ts";
import type { HubRow, HubState } from "./model.ts";
import { pane } from "./pane.ts";
import { problemNote } from "./problem.ts";
import { Session } from "./session.ts";
import type { Key, Words } from "./words.ts";
import "./hub.css";

/** Below this width (px) what is open stands over the list. */
const BESIDE = 760;

/** The search for models: what is looked for, what was found, and what is open of it. */
export function mount(frame: Frame<HubState>): View<Key> {
  const session = new Session(frame);
  return redrawn(
    (t) => draw(frame, session, t),
    () => session.dispose(),
  );
}

function draw({ content, status, guard }: Frame<HubState>, session: Session, t: Words) {
  const bar = controls(session, t, () => open("cache"));
  const line = chips(session, t, status, () => bar.focus());
  const problem = problemNote(session, t);
  const list = hubList({
    session,
    t,
    guard,
    onOpen: (row, by) => {
      open("details", row);
      if (by === "keyboard" || over()) beside.focus();
    },
  });
  const beside = pane({
    session,
    t,
    guard,
    onClose: close,
    onSearch: (text) => {
      if (over()) close();
      session.clear(...session.narrowed);
      session.ask({ text });
    },
  });
  const main = h("div", { class: "hub-main" }, list.element, beside.element);
  const element = h(
    "div",
    {
      class: "hub",
      onkeydown: (event: KeyboardEvent) => {
        const { target } = event;
        const typing = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
        if (event.key !== "/" || typing || over()) return;
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        bar.focus();
      },
    },
    bar.element,
    line.element,
    problem.element,
    main,
  );

  const narrow = () =>
    content.clientWidth > 0 && content.clientWidth < BESIDE * letterScale(element);
  const over = () => session.pane !== undefined && narrow();

  function open(part: "details" | "cache", row?: HubRow): void {
    session.pane = part;
    session.opened = row;
    show();
    if (part === "cache") beside.focus();
  }

  function close(): void {
    const from = session.pane;
    session.pane = undefined;
    show();
    // The focus goes back to where it came from; an empty list takes none.
    if (from === "cache") bar.toCache();
    else if (!list.focus()) bar.focus();
  }

  function show(): void {
    beside.show();
    measure();
    list.update(false);
  }

  const measure = guard(() => {
    const covered = over();
    element.toggleAttribute("data-over", covered);
    element.toggleAttribute("data-narrow", narrow());
    main.toggleAttribute("data-split", session.pane !== undefined && !covered);
    for (const each of [bar.element, line.element, problem.element, list.element])
      each.toggleAttribute("data-covered", covered);
    beside.layout(covered, beside.element.clientWidth);
    if (!covered && content.clientWidth > 0) list.layout(list.element.clientWidth);
  });
  session.onChange = guard((replaced: boolean) => {
    bar.update();
    line.update();
    problem.update();
    list.update(replaced);
  });
  fill(content, element);
  list.layout(0);
  session.onChange(false);
  show();
  const observer = new ResizeObserver(measure);
  observer.observe(content);
  return {
    dispose(): void {
      observer.disconnect();
      bar.dispose();
      problem.dispose();
      beside.dispose();
      list.dispose();
    },
  };
}
