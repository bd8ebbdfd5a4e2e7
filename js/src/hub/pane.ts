import { fill, h } from "../shared/dom.ts";
import type { Frame } from "../shared/widget.ts";
import { type Opened, opened } from "./late.ts";
import type { HubState } from "./model.ts";
import { title } from "./row.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";
import "./pane.css";

interface PaneOptions {
  session: Session;
  t: Words;
  guard: Frame<HubState>["guard"];
  onClose(): void;
  onSearch(text: string): void;
}

/** What stands beside the list, or over it where there is no room: one model, or the cache. */
export function pane({ session, t, guard, onClose, onSearch }: PaneOptions) {
  const name = h("h3", { class: "hub-pane-title" });
  const close = h("button", { type: "button", class: "tfw-button hub-close", onclick: onClose });
  const scroller = h("div", { class: "hub-pane-body" });
  const element = h(
    "section",
    {
      class: "hub-pane",
      hidden: true,
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      },
    },
    h("div", { class: "hub-pane-head" }, close, name),
    scroller,
  );
  let inner: Opened | undefined;
  let shown: string | undefined;

  return {
    element,
    /** Shows what the session says is open. */
    show(): void {
      const { pane: part, opened: row } = session;
      const key = part === "details" ? `details ${row?.key}` : part;
      if (key === shown) return;
      shown = key;
      inner?.dispose();
      inner = undefined;
      element.hidden = part === undefined;
      if (part === undefined) {
        fill(scroller);
        return;
      }
      const label = part === "details" && row ? row.id : t("cache");
      element.setAttribute("aria-label", label);
      fill(name, part === "details" && row ? title(row) : t("cache"));
      inner = opened(
        part,
        {
          channel: session.channel,
          language: t.language,
          guard,
          row: part === "details" ? row : undefined,
          isInUse: () => row !== undefined && session.isInUse(row),
          onUse: (used) => session.use(used),
          onSearch,
        },
        t,
      );
      fill(scroller, inner.element);
      scroller.scrollTop = 0;
    },
    /** `over`: it stands in place of the list. */
    layout(over: boolean, width: number): void {
      close.textContent = over ? `‹ ${t("back")}` : "×";
      close.setAttribute("aria-label", over ? t("back") : t("close"));
      close.title = over ? t("back") : t("close");
      inner?.layout(width);
    },
    focus(): void {
      close.focus({ preventScroll: true });
    },
    dispose(): void {
      inner?.dispose();
    },
  };
}
