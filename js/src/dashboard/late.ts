import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { loadPart } from "../shared/part.ts";
import type { Channel } from "../shared/protocol.ts";
import { isAbort } from "../shared/protocol.ts";
import type { Context, Section } from "./context.ts";
import type { Change } from "./session.ts";

export type MakeSection = (context: Context) => Section;

const ALL: ReadonlySet<Change> = new Set(["opened"]);

/** What is below: too large for a bundle that each saved widget repeats, so the kernel is asked. */
export function lateBody(channel: Channel): MakeSection {
  // Asked for at once, together with the training itself.
  let asked = load();

  function load() {
    const part = loadPart<MakeSection>(channel, "body");
    part.catch(() => undefined); // told where it is awaited
    return part;
  }

  return (context) => {
    const element = h("div", { class: "dash-late", "aria-busy": true });
    let section: Section | undefined;
    let gone = false;

    async function show(): Promise<void> {
      try {
        const { exported, css } = await asked;
        if (gone) return;
        section = exported(context);
        fill(element, h("style", {}, css), section.element);
        element.removeAttribute("aria-busy");
        section.update(ALL);
      } catch (error) {
        if (gone || isAbort(error)) return;
        const again = () => {
          asked = load();
          void show();
        };
        fill(element, alert(error, context.t, again));
      }
    }

    void show();
    return {
      element,
      update: (changes) => section?.update(changes),
      dispose() {
        gone = true;
        section?.dispose?.();
      },
    };
  };
}
