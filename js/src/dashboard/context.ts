import type { Channel } from "../shared/protocol.ts";
import type { Change, Session } from "./session.ts";
import type { Words } from "./words.ts";

/** What every section of the view gets. */
export interface Context {
  session: Session;
  channel: Channel;
  t: Words;
  memory: Memory;
  guard<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
}

/** What stays when the view is drawn anew in another language. */
export interface Memory {
  tab: string;
  log: boolean;
  smoothing: boolean;
  /** Numbers of the alerts, in the log, that a reader has read. */
  dismissed: Set<number>;
  allRows: boolean;
}

/** A part of the view. */
export interface Section {
  element: HTMLElement;
  /** Something of this kind came. At most once a frame. */
  update(changes: ReadonlySet<Change>): void;
  dispose?(): void;
}
