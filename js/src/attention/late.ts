import { h } from "../shared/dom.ts";
import { lateSection } from "../shared/late.ts";
import { type Code, loadPart, type Part, takePart } from "../shared/part.ts";
import type { Channel } from "../shared/protocol.ts";
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
    const { t, guard } = context;
    return lateSection<MakeSection>({
      class: "att-late",
      t,
      guard,
      loading: h("p", { class: "att-loading tfw-muted" }, t("tab.loading")),
      fetch: () => this.get(name),
      create: (make) => make(context),
    });
  }
}
