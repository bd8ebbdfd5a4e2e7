import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { notes } from "../shared/notes.ts";
import { type Tab, tabList } from "../shared/tabs.ts";
import { type Frame, redrawn, type View } from "../shared/widget.ts";
import { bar } from "./bar/index.ts";
import type { Context, Section } from "./context.ts";
import { Kernel } from "./kernel.ts";
import { type MakeSection, Parts } from "./late.ts";
import type { AttentionState } from "./model.ts";
import { Opening } from "./opening.ts";
import { Session } from "./session.ts";
import type { words } from "./words.ts";
import "./attention.css";

/** px from which on the grid stands beside the head. */
const WIDE = 640;
const GAP = 16;
/** Share of the width that the grid has beside the head; as in the style sheet. */
const SIDE = 0.45;

/** What the page shows at once; the rest is fetched when a tab is opened. */
const FIRST = ["heat", "grid", "text"];

/** Makes a part of the view. */
type Make = (name: string, context: Context) => Section;

interface Memory {
  tab: string;
}

/** Who attends to whom: all heads small, one of them large, and the text below. */
export const mount = (frame: Frame<AttentionState>) => {
  const parts = new Parts(frame.channel);
  return view(frame, (name, context) => parts.section(name, context), parts);
};

/** The view with sections that are there already: a page of its own has no kernel to ask. */
export const mounting = (sections: Record<string, MakeSection>) => (frame: Frame<AttentionState>) =>
  view(frame, (name, context) => (sections[name] as MakeSection)(context));

function view(frame: Frame<AttentionState>, make: Make, parts?: Parts): View<keyof typeof words> {
  const { channel, guard } = frame;
  const kernel = new Kernel(channel);
  const session = new Session();
  Object.assign(session, frame.model.get("summary").start);
  const opening = new Opening(kernel, session, parts && FIRST);
  opening.onParts = (codes) => parts?.take(codes);
  const memory: Memory = { tab: "heat" };
  void opening.open();
  return redrawn(
    (t) => draw(frame, { session, kernel, channel, t, guard }, opening, memory, make),
    () => opening.dispose(),
  );
}

function draw(
  { model, content, status }: Frame<AttentionState>,
  context: Context,
  opening: Opening,
  memory: Memory,
  make: Make,
) {
  const { session, t, guard } = context;
  const summary = model.get("summary");
  const root = h("div", { class: "att" });
  const head = h("div", { class: "att-head" });
  const problem = h("div", { class: "tfw-problem" });
  const body = h("div", { class: "att-body" });
  fill(root, head, problem, body, caution());
  fill(content, root);
  let parts: ReturnType<typeof assemble> | undefined;
  let shape = "";

  /** Other texts have other parts; another lens leaves them as they are. */
  const opened = guard(() => {
    const now = session.opened;
    if (!now) return;
    fill(
      head,
      notes([...summary.notes, ...now.notes], t),
      now.panes.length === 0 && h("p", { class: "tfw-muted" }, t("nothing")),
    );
    const { neuron, attribution } = now.can;
    const kinds = now.panes.map(({ kind }) => kind);
    const same = JSON.stringify([kinds, neuron, attribution]);
    if (same === shape) return;
    shape = same;
    parts?.dispose();
    parts = undefined;
    fill(body);
    if (now.panes.length === 0) root.dataset.painted = "";
    else {
      parts = assemble(body, status, context, opening, summary.items, memory, make);
      layout();
    }
  });

  function layout(): void {
    const width = content.clientWidth;
    if (width > 0) parts?.layout(width);
  }

  function tell(): void {
    const { busy, failure } = opening;
    root.setAttribute("aria-busy", String(busy));
    fill(problem, failure ? alert(failure, t, () => void opening.open()) : null);
    parts?.refresh();
    if (!session.opened) body.hidden = failure !== undefined;
    else body.hidden = false;
  }

  opening.onChange = guard(tell);
  const forget = [
    session.on("opened", opened),
    session.on("drawn", () => {
      const { panes } = session;
      if (panes.has("grid") && (panes.has("heat") || memory.tab !== "heat")) {
        root.dataset.painted = "";
      }
    }),
  ];
  const observer = new ResizeObserver(guard(layout));
  if (session.opened) opened();
  else fill(body, status, h("div", { class: "att-skeleton", "aria-hidden": true }));
  tell();
  session.tell("drawn");
  observer.observe(content);

  function caution(): HTMLElement {
    return h(
      "details",
      { class: "att-caution" },
      h("summary", {}, t("caution")),
      h("p", {}, t("caution.more")),
    );
  }

  return {
    dispose(): void {
      observer.disconnect();
      for (const stop of forget) stop();
      opening.onChange = () => {};
      parts?.dispose();
    },
  };
}

function assemble(
  body: HTMLElement,
  status: HTMLElement,
  context: Context,
  opening: Opening,
  items: string[],
  memory: Memory,
  make: Make,
) {
  const { session, t, guard } = context;
  const { can } = session.opened ?? {};
  const controls = bar(context, items, opening);
  const tab = (name: TabName): Tab<Section> => ({
    name,
    title: t(`tab.${name}`),
    create: () => make(name, context),
  });
  const tabs = [tab("heat"), tab("arcs")];
  if (can?.neuron) tabs.push(tab("neuron"));
  if (can?.attribution.length) tabs.push(tab("attribution"));
  let tabWidth = 0;
  const list = tabList({
    kind: "att",
    label: t("tabs"),
    tabs,
    chosen: memory.tab,
    guard,
    onChoose: (name) => {
      memory.tab = name;
    },
    onShow: (section) => section.layout(tabWidth),
  });
  // The head asks first: it is what the reader came for.
  list.open();
  const grid = make("grid", context);
  const text = make("text", context);
  const main = h(
    "div",
    { class: "att-main" },
    h("div", { class: "att-side" }, grid.element),
    h("div", { class: "att-pane" }, ...list.elements),
  );
  controls.elements[0]?.lastElementChild?.prepend(status);
  fill(body, ...controls.elements, main, h("div", { class: "att-below" }, text.element));
  controls.update();

  return {
    refresh: () => controls.update(),
    layout(width: number): void {
      const wide = width >= WIDE;
      main.toggleAttribute("data-wide", wide);
      const beside = Math.round((width - GAP) * SIDE);
      tabWidth = wide ? width - GAP - beside : width;
      list.shown()?.layout(tabWidth);
      grid.layout(wide ? beside : width);
      text.layout(width);
    },
    dispose(): void {
      controls.dispose();
      list.dispose();
      grid.dispose();
      text.dispose();
    },
  };
}

type TabName = "heat" | "arcs" | "neuron" | "attribution";
