import { isAbort } from "../shared/protocol.ts";
import type { Kernel } from "./kernel.ts";
import type { Lens } from "./model.ts";
import type { Session } from "./session.ts";

/** Which text is looked at, and in which units: what changes everything on screen. */
export class Opening {
  busy = false;
  failure: unknown;
  onChange: () => void = () => {};
  #kernel: Kernel;
  #session: Session;
  #asked = new AbortController();

  constructor(kernel: Kernel, session: Session) {
    this.#kernel = kernel;
    this.#session = session;
  }

  /** The session changes when the kernel has answered; until then all stays as it is. */
  async open({ item, lens }: { item?: number; lens?: Partial<Lens> } = {}): Promise<void> {
    const session = this.#session;
    const goal = { item: item ?? session.item, lens: { ...session.lens, ...lens } };
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    this.busy = true;
    this.failure = undefined;
    this.onChange();
    try {
      const { flags, ...opened } = await this.#kernel.open(goal.item, goal.lens, signal);
      if (signal.aborted) return;
      this.busy = false;
      Object.assign(session, goal);
      session.open(opened, flags);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.busy = false;
      this.failure = error;
    }
    this.onChange();
  }

  dispose(): void {
    this.onChange = () => {};
    this.#asked.abort();
  }
}
