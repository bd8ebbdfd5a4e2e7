import { fill, h } from "../shared/dom.ts";
import { notes } from "../shared/notes.ts";
import { tabList } from "../shared/tabs.ts";
import { type Frame, redrawn, type View } from "../shared/widget.ts";
import { facts, room } from "./facts.ts";
import { tokensPanel } from "./flow/index.ts";
import { latePanel } from "./late-panel.ts";
import type { Tab, TokensState } from "./model.ts";
import type { Context, Panel } from "./panel.ts";
import { Pieces } from "./pieces.ts";
import { Session } from "./session.ts";
import type { Words, words } from "./words.ts";
import "./tokens.css";

const PANELS: Record<Tab, (context: Context, session: Session) => Panel> = {
  tokens: tokensPanel,
  // These have bundles of their own (stages/part.ts …), which keeps this one small.
  stages: latePanel("stages"),
  batch: latePanel("batch"),
  compare: latePanel("compare"),
  vocabulary: latePanel("vocabulary"),
};

/** The inspection of a tokenizer: what is to say in a line, and a tab for each way of looking. */
export function mount(frame: Frame<TokensState>): View<keyof typeof words> {
  const { model, channel, guard } = frame;
  const names = ["summary", "first", "texts", "batch", "language", "place"] as const;
  const state = Object.fromEntries(names.map((name) => [name, model.get(name)])) as TokensState &
    object;
  const pieces = new Pieces(channel, state.first.pieces);
  const session = new Session(state, channel, guard);
  return redrawn(
    (t) => draw(frame, { state, channel, pieces, t, guard }, session),
    () => session.dispose(),
  );
}

function draw({ content, status }: Frame<TokensState>, context: Context, session: Session) {
  const { state, guard } = context;
  const t: Words = context.t;
  const { summary } = state;
  const [source] = summary.sources;
  let width = 0;
  const tabs = tabList<Panel, Tab>({
    kind: "tok",
    label: t("tabs"),
    chosen: session.tab,
    guard,
    onChoose: (tab) => {
      session.tab = tab;
    },
    onShow: (panel) => panel.layout(width),
    tabs: summary.tabs.map((name) => ({
      name,
      title: t(`tab.${name}`),
      create: () => PANELS[name](context, session),
    })),
  });
  fill(
    content,
    h(
      "div",
      { class: "tfw-facts" },
      source &&
        h(
          "p",
          { class: "tfw-summary" },
          facts(source, t, summary.texts).join(" · "),
          " ",
          room(source, t),
        ),
      status,
    ),
    notes(summary.notes, t),
    ...tabs.elements,
  );
  width = content.clientWidth;
  tabs.open();
  const observer = new ResizeObserver(
    guard(() => {
      if (content.clientWidth === 0) return;
      width = content.clientWidth;
      tabs.shown()?.layout(width);
    }),
  );
  observer.observe(content);
  return {
    dispose(): void {
      observer.disconnect();
      tabs.dispose();
    },
  };
}
