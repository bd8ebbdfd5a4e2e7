import type { AnyModel } from "@anywidget/types";

/** What the kernel answered: a JSON payload and the binary buffers that came with it. */
export interface Reply<Payload> {
  payload: Payload;
  buffers: DataView[];
}

export interface RequestOptions<Progress = unknown> {
  /** Aborting it drops the request: its promise rejects, a late reply is ignored. */
  signal?: AbortSignal | undefined;
  onProgress?: ((payload: Progress, buffers: DataView[]) => void) | undefined;
  /** That the kernel answers from a thread: it is told when the request is dropped. */
  later?: boolean | undefined;
}

/** An exception in the kernel, with the message that is meant for people. */
export class KernelError extends Error {
  override name = "KernelError";
}

type Listener<Content> = (content: Content, buffers: DataView[]) => void;

interface Pending {
  resolve(reply: Reply<unknown>): void;
  reject(error: unknown): void;
  onProgress: Listener<unknown> | undefined;
  later: boolean;
  /** The kernel has said that it works at it, in a thread: it is not the kernel that is waited for. */
  working: boolean;
}

type Message = { id?: string; type?: string; ok?: unknown; error?: unknown; progress?: unknown };

/** How long the kernel may be silent before the channel says so. */
const PATIENCE = 2_000;
/** How long a channel without requests still counts as waiting: one may replace another. */
const GRACE = 400;

/**
 * Requests to the kernel and their replies, over the custom messages of one model.
 *
 * The page sends `{id, type, ...}`; the kernel answers `{id, ok}` or `{id, error}`, before
 * that any number of `{id, progress}`, each with buffers. There is no time limit: a busy
 * kernel answers when the running cell ends, and an absent one perhaps after a restart.
 * Messages without an `id` are the kernel's own news, for `subscribe`. Of a request that is
 * answered `later` the kernel hears `{id, type: "drop"}` when nobody waits for it any more.
 */
export class Channel {
  #model: AnyModel;
  #pending = new Map<string, Pending>();
  #subscribers = new Map<string, Set<Listener<Message>>>();
  // Every view of a model hears every reply, so that ids must differ between views and pages.
  #prefix = Math.random().toString(36).slice(2, 10);
  #count = 0;
  #slow = false;
  #slowListeners = new Set<(slow: boolean) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: AnyModel) {
    this.#model = model;
    model.on("msg:custom", this.#receive);
  }

  request<Payload, Progress = unknown>(
    type: string,
    params: Record<string, unknown> = {},
    { signal, onProgress, later }: RequestOptions<Progress> = {},
  ): Promise<Reply<Payload>> {
    const id = `${this.#prefix}-${this.#count++}`;
    return new Promise<Reply<Payload>>((resolve, reject) => {
      signal?.throwIfAborted();
      this.#pending.set(id, {
        resolve: resolve as Pending["resolve"],
        reject,
        onProgress: onProgress as Pending["onProgress"],
        later: later === true,
        working: false,
      });
      signal?.addEventListener(
        "abort",
        () => {
          if (later && this.#pending.has(id)) this.#model.send({ id, type: "drop" });
          this.#drop(id, signal.reason);
        },
        { once: true },
      );
      this.#listen();
      try {
        this.#model.send({ ...params, id, type });
      } catch (error) {
        this.#drop(id, error);
      }
    });
  }

  /** Hears what the kernel says by itself: messages of a `type`, without an `id`. */
  subscribe<Content extends Message>(type: string, listener: Listener<Content>): () => void {
    const listeners = this.#subscribers.get(type) ?? new Set();
    this.#subscribers.set(type, listeners.add(listener as Listener<Message>));
    return () => listeners.delete(listener as Listener<Message>);
  }

  /** Tells when the kernel has been silent for long though something was asked, and when not. */
  onSlow(listener: (slow: boolean) => void): () => void {
    this.#slowListeners.add(listener);
    return () => this.#slowListeners.delete(listener);
  }

  dispose(): void {
    this.#model.off("msg:custom", this.#receive);
    this.#slowListeners.clear();
    this.#subscribers.clear();
    const closed = new DOMException("The view is gone.", "AbortError");
    for (const id of [...this.#pending.keys()]) this.#drop(id, closed);
    clearTimeout(this.#timer);
  }

  #receive = (message: Message, buffers: DataView[] = []): void => {
    if (message?.id === undefined) {
      for (const listener of this.#subscribers.get(message?.type ?? "") ?? []) {
        listener(message, buffers);
      }
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    if ("progress" in message) {
      pending.working = pending.later;
      pending.onProgress?.(message.progress, buffers);
    } else {
      this.#pending.delete(message.id);
      if ("error" in message) pending.reject(new KernelError(String(message.error)));
      else pending.resolve({ payload: message.ok, buffers });
    }
    this.#heard();
  };

  #drop(id: string, reason: unknown): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    pending.reject(reason);
    if (this.#unheard === 0) this.#after(GRACE, false);
  }

  /** Requests of which the kernel has said nothing yet. */
  get #unheard(): number {
    return [...this.#pending.values()].filter(({ working }) => !working).length;
  }

  #listen(): void {
    if (this.#slow) clearTimeout(this.#timer);
    else if (this.#unheard === 1) this.#after(PATIENCE, true);
  }

  #heard(): void {
    this.#setSlow(false);
    clearTimeout(this.#timer);
    if (this.#unheard > 0) this.#after(PATIENCE, true);
  }

  #after(delay: number, slow: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#setSlow(slow), delay);
  }

  #setSlow(slow: boolean): void {
    if (slow === this.#slow) return;
    this.#slow = slow;
    for (const listener of this.#slowListeners) listener(slow);
  }
}

/** Whether an error only says that a request was dropped. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
