import type { Context } from "../panel.ts";
import type { FlowState } from "../session.ts";
import type { UnitList } from "./list.ts";
import type { Span, Spot } from "./spots.ts";

/** What keys and pointer work with. */
export interface Core {
  scroller: HTMLElement;
  body: HTMLElement;
  list: UnitList;
  state: FlowState;
  guard: Context["guard"];
  /** What an element stands for. */
  spots: WeakMap<Element, Spot>;
  /** The tokens that are drawn, in the order of the text. */
  options(): HTMLElement[];
  drawn(spot: Spot): HTMLElement | null;
  /** Shows what is selected, what the keys are at, and what there is to tell about. */
  mark(): void;
  select(anchor: Spot, head?: Spot): void;
  /** Tells about tokens as long as the pointer is there. */
  hover(where: Span | undefined): void;
}
