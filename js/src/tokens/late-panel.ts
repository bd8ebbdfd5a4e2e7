import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { loadPart } from "../shared/part.ts";
import { isAbort } from "../shared/protocol.ts";
import type { Context, Panel } from "./panel.ts";
import type { Session } from "./session.ts";

type MakePanel = (context: Context, session: Session) => Panel;

/** A panel whose code comes from the kernel when its tab is opened for the first time. */
export function latePanel(name: string): MakePanel {
  return (context, session) => {
    const element = h("div", { class: "tok-late", "aria-busy": true });
    let panel: Panel | undefined;
    let width = 0;
    let gone = false;

    async function load(): Promise<void> {
      fill(element, h("p", { class: "tfw-muted" }, context.t("panel.loading")));
      try {
        const { exported, css } = await loadPart<MakePanel>(context.channel, name);
        if (gone) return;
        panel = exported(context, session);
        fill(element, h("style", {}, css), panel.element);
        element.removeAttribute("aria-busy");
        panel.layout(width);
      } catch (error) {
        if (!gone && !isAbort(error))
          fill(
            element,
            alert(error, context.t, () => void load()),
          );
      }
    }

    void load();
    return {
      element,
      layout(now): void {
        width = now;
        panel?.layout(now);
      },
      dispose(): void {
        gone = true;
        panel?.dispose();
      },
    };
  };
}
