import { h } from "../shared/dom.ts";
import { lateSection } from "../shared/late.ts";
import { loadPart } from "../shared/part.ts";
import type { Context, Panel } from "./panel.ts";
import type { Session } from "./session.ts";

type MakePanel = (context: Context, session: Session) => Panel;

/** A panel whose code comes from the kernel when its tab is opened for the first time. */
export function latePanel(name: string): MakePanel {
  return (context, session) => {
    const { channel, t, guard } = context;
    return lateSection<MakePanel>({
      class: "tok-late",
      t,
      guard,
      loading: h("p", { class: "tfw-muted" }, t("panel.loading")),
      fetch: () => loadPart(channel, name),
      create: (make) => make(context, session),
    });
  };
}
