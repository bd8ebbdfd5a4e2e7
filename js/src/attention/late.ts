import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { type Code, loadPart, type Part, takePart } from "../shared/part.ts";
import type { Channel } from "../shared/protocol.ts";
import { isAbort } from "../shared/protocol.ts";
import type { Context, Section } from "./context.ts";

export type MakeSection = (context: Context) => Section;

/** Sections whose code comes from the kernel. */
export class Parts {
  #channel: Channel;
  #asked = new Map<string, Promise<Part<MakeSection>>>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The code of some parts is here, or, where that fails, has to be asked for. */
  take(parts: Record<string, Code>): void {
    for (const [name, code] of Object.entries(parts)) {
      const taken = takePart<MakeSection>(name, code);
      this.#asked.set(name, taken);
      taken.catch(() => this.#asked.delete(name));
    }
  }

  /** Asked for once, however many wait for it; what failed is asked for anew. */
  get(name: string): Promise<Part<MakeSection>> {
    const asked = this.#asked.get(name) ?? loadPart<MakeSection>(this.#channel, name);
    this.#asked.set(name, asked);
    asked.catch(() => this.#asked.delete(name));
    return asked;
  }

  section(name: string, context: Context): Section {
    return lateSection(() => this.get(name), context);
  }
}

function lateSection(fetch: () => Promise<Part<MakeSection>>, context: Context): Section {
  const element = h("div", { class: "att-late" });
  let section: Section | undefined;
  let width = 0;
  let gone = false;

  async function load(): Promise<void> {
    element.setAttribute("aria-busy", "true");
    fill(element, h("p", { class: "att-loading tfw-muted" }, context.t("tab.loading")));
    try {
      const { exported, css } = await fetch();
      if (gone) return;
      section = exported(context);
      fill(element, h("style", {}, css), section.element);
      element.removeAttribute("aria-busy");
      context.guard(() => section?.layout(width))();
    } catch (error) {
      if (gone || isAbort(error)) return;
      element.removeAttribute("aria-busy");
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
      if (now > 0) section?.layout(now);
    },
    dispose(): void {
      gone = true;
      section?.dispose();
    },
  };
}
