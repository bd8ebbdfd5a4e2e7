import { h } from "../shared/dom.ts";
import type { Language } from "../shared/i18n.ts";
import { lateSection } from "../shared/late.ts";
import { loadPart } from "../shared/part.ts";
import type { Channel } from "../shared/protocol.ts";
import type { Frame } from "../shared/widget.ts";
import type { HubRow, HubState } from "./model.ts";
import type { Words } from "./words.ts";

/** What the parts that stand in bundles of their own get to live in. */
export interface Host {
  channel: Channel;
  language: Language;
  guard: Frame<HubState>["guard"];
  /** The model whose details are shown; none for the cache as a whole. */
  row: HubRow | undefined;
  /** Whether the magics take that model where none is named. */
  isInUse(): boolean;
  /** The magics take another model now: its name, or none. */
  onUse(name: string): void;
  /** Another model is to be looked for. */
  onSearch(text: string): void;
}

export interface Opened {
  element: HTMLElement;
  /** Says how wide (px) its place is. */
  layout(width: number): void;
  dispose(): void;
}

export type PartName = "details" | "cache";

/** A part, fetched from the kernel when it is first opened. */
export function opened(name: PartName, host: Host, t: Words): Opened {
  return lateSection<(host: Host) => Opened>({
    class: "hub-part",
    t,
    guard: host.guard,
    loading: h("p", { class: "tfw-muted hub-opening" }, t("opening")),
    fetch: () => loadPart(host.channel, name),
    create: (mount) => mount(host),
  });
}
