import { h } from "../../shared/dom.ts";
import type { Context, Panel } from "../panel.ts";
import type { Session } from "../session.ts";
import { controls } from "./controls.ts";
import { flow } from "./flow.ts";

/** The inspected text with its tokens. */
export function tokensPanel(context: Context, session: Session): Panel {
  const state = session.flow("tokens", 0);
  const view = flow({ context, session, state, height: 340, budget: 1600 });
  const element = h(
    "div",
    { class: "tok-panel" },
    controls(context, session, () => view.refresh()),
    view.element,
  );
  return { ...view, element };
}
