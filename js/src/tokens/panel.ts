import type { Channel } from "../shared/protocol.ts";
import type { Frame } from "../shared/widget.ts";
import type { TokensState } from "./model.ts";
import type { PartWords } from "./part-words.ts";
import type { Pieces } from "./pieces.ts";
import type { Words } from "./words.ts";

/** What a panel needs to live. */
export interface Context<T = Words> {
  state: TokensState;
  channel: Channel;
  /** Names of ids, asked for when they are needed. */
  pieces: Pieces;
  t: T;
  guard: Frame<TokensState>["guard"];
}

/** The same for a panel in a bundle of its own, which brings its words with it. */
export type PartContext = Context<PartWords>;

/** What stands below a tab. */
export interface Panel {
  element: HTMLElement;
  /** It has become visible, or the widget has another width (px). */
  layout(width: number): void;
  dispose(): void;
}
