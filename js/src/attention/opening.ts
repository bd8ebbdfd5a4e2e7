import { isAbort } from "../shared/protocol.ts";
import type { Kernel } from "./kernel.ts";
import type { Lens, Opened } from "./model.ts";
import type { Session } from "./session.ts";

/** Which text is looked at, and in which units: what changes everything on screen. */
export class Opening {
  busy = false;
  failure: unknown;
  onChange: () => void = () => {};
  /** Hears of the code that came along. */
  onParts: (parts: NonNullable<Opened["parts"]>) => void = () => {};
  #parts: string[] | undefined;
  #kernel: Kernel;
  #session: Session;
  #asked = new AbortController();

  /** `parts`: what is shown at once, whose code comes with the first text. */
  constructor(kernel: Kernel, session: Session, parts?: string[]) {
    this.#kernel = kernel;
    this.#parts = parts;
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
      const wanted = this.#parts;
      const reply = await this.#kernel.open(goal.item, goal.lens, wanted, signal);
      if (signal.aborted) return;
      const { flags, parts, ahead: _, ...opened } = reply;
      if (parts) {
        this.#parts = undefined;
        this.onParts(parts);
      }
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
