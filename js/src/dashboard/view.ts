import { alert } from "../shared/alert.ts";
import { frame as once } from "../shared/canvas.ts";
import { fill, h } from "../shared/dom.ts";
import { type Frame, redrawn, type View } from "../shared/widget.ts";
import { alerts } from "./alerts.ts";
import type { Context, Memory, Section } from "./context.ts";
import { controls } from "./controls.ts";
import { header } from "./header.ts";
import { lateBody, type MakeSection } from "./late.ts";
import type { DashboardState } from "./model.ts";
import { CHANGES, type Change, Session } from "./session.ts";
import type { WordKey } from "./words.ts";
import "./dashboard.css";

/** A training: how far it is, what it can be told, and what came of it so far. */
export const mount = (frame: Frame<DashboardState>): View<WordKey> =>
  view(frame, lateBody(frame.channel));

/** The view with its lower half there already. */
export const mounting = (body: MakeSection) => (frame: Frame<DashboardState>) => view(frame, body);

function view(
  { channel, content, guard }: Frame<DashboardState>,
  body: MakeSection,
): View<WordKey> {
  const session = new Session(channel);
  const memory: Memory = {
    tab: "epochs",
    log: false,
    smoothing: true,
    dismissed: new Set(),
    allRows: false,
  };
  void session.open();
  return redrawn(
    (t) => draw(content, { session, channel, t, memory, guard }, body),
    () => session.dispose(),
  );
}

function draw(content: HTMLElement, context: Context, body: MakeSection): { dispose(): void } {
  const { session, t, guard } = context;
  const root = h("div", { class: "dash" });
  const problem = h("div", { class: "tfw-problem" });
  fill(content, root);
  let sections: Section[] = [];
  let id: string | undefined;
  const changes = new Set<Change>();

  const update = guard(() => {
    const { info, failure } = session;
    fill(problem, failure ? alert(failure, t, () => void session.open()) : null);
    if (!info) {
      root.setAttribute("aria-busy", String(!failure));
      fill(root, problem, !failure && h("div", { class: "dash-skeleton" }, t("opening")));
      return;
    }
    if (id !== info.id) {
      id = info.id;
      root.removeAttribute("aria-busy");
      dispose();
      sections = [header, controls, alerts, body].map((make) => make(context));
      fill(root, problem, ...sections.map(({ element }) => element));
      changes.add("opened");
    }
    const now = new Set(changes);
    changes.clear();
    for (const section of sections) section.update(now);
  });

  const painting = once(update);
  const forget = CHANGES.map((change) =>
    session.on(change, () => {
      changes.add(change);
      painting.ask();
    }),
  );

  function dispose(): void {
    for (const section of sections) section.dispose?.();
    sections = [];
  }

  update();
  return {
    dispose() {
      painting.stop();
      for (const one of forget) one();
      dispose();
    },
  };
}
