import { h } from "../../shared/dom.ts";
import { EventList } from "../log/events.ts";
import type { MountPanel, Panel, PanelContext } from "../panel.ts";
import { panelTranslator } from "../panel-words.ts";
import { embeddings } from "./embeddings.ts";
import { system } from "./system.ts";
import "../../shared/plain-table.css";
import "../log/log.css";
import "../panels.css";
import "./more.css";

/** What fewer look at: how the embeddings moved, what the machine does, all that happened. */
const mount: MountPanel = (context: PanelContext): Panel => {
  const { el, session, language, name } = context;
  const t = panelTranslator(language);
  if (name === "memory") return system(context, t);
  if (name === "embeddings") {
    const draw = embeddings(el, t);
    const update = () => draw(session.panels.embeddings?.data);
    update();
    return { update, dispose() {} };
  }
  const events = new EventList(language);
  const update = () => events.update(session.log, session.info?.facts ?? {});
  el.append(h("div", { class: "pan" }, events.element));
  update();
  return { update, dispose() {} };
};

export default mount;
