import type { MountPanel, PanelContext } from "../panel.ts";
import { panelTranslator } from "../panel-words.ts";
import { confusion } from "./confusion.ts";
import { hardest } from "./hardest.ts";
import { samples } from "./samples.ts";
import "../../shared/plain-table.css";
import "../panels.css";
import "./examples.css";

const PANELS = { samples, confusion, hardest };

/** What the model says about single texts: some that stay the same, all counted, the worst. */
const mount: MountPanel = (context: PanelContext) => {
  const { el, session, language, name } = context;
  const draw = PANELS[name as keyof typeof PANELS](el, panelTranslator(language));
  const update = () => draw(session.panels[name]?.data);
  update();
  return { update, dispose() {} };
};

export default mount;
