import type { Channel } from "../shared/protocol.ts";
import type { Frame } from "../shared/widget.ts";
import type { Kernel } from "./kernel.ts";
import type { AttentionState } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** What a part of the view needs to live. */
export interface Context<T = Words> {
  session: Session;
  kernel: Kernel;
  channel: Channel;
  t: T;
  guard: Frame<AttentionState>["guard"];
}

/** A part of the view: it draws what it hears of from the session. */
export interface Section {
  element: HTMLElement;
  /** The widget has another width (px), or the section has become visible. */
  layout(width: number): void;
  dispose(): void;
}
