import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import type { Language } from "../shared/i18n.ts";
import { loadPart } from "../shared/part.ts";
import { isAbort } from "../shared/protocol.ts";
import type { Frame } from "../shared/widget.ts";
import type { RunRow, RunsState } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** What an opened run or comparison gets to live in. */
export interface Context {
  session: Session;
  language: Language;
  guard: Frame<RunsState>["guard"];
  /** The run to show; without one `session.compared` are compared. */
  row: RunRow | undefined;
  /** Shows a status: by what the table uses, too. */
  pill(status: string): HTMLElement;
  onBack(): void;
  onOpen(row: RunRow): void;
}

export interface Opened {
  element: HTMLElement;
  focus(): void;
  dispose(): void;
}

/** What stands in a bundle of its own, for a table of runs is often all that somebody looks at. */
export function opened(context: Context, t: Words): Opened {
  const element = h("div", { "aria-busy": true });
  let inner: Opened | undefined;
  let gone = false;
  let focused = false;

  async function load(): Promise<void> {
    fill(element, h("p", { class: "tfw-muted" }, t("opening")));
    try {
      const { exported, css } = await loadPart<(context: Context) => Opened>(
        context.session.channel,
        "open",
      );
      if (gone) return;
      context.guard(() => {
        inner = exported(context);
        fill(element, h("style", {}, css), inner.element);
        element.removeAttribute("aria-busy");
        if (focused) inner.focus();
      })();
    } catch (error) {
      if (gone || isAbort(error)) return;
      element.removeAttribute("aria-busy");
      const back = h(
        "button",
        { type: "button", class: "tfw-button", onclick: context.onBack },
        t("back"),
      );
      fill(
        element,
        alert(error, t, () => void load()),
        back,
      );
    }
  }

  void load();
  return {
    element,
    focus(): void {
      focused = true;
      inner?.focus();
    },
    dispose(): void {
      gone = true;
      inner?.dispose();
    },
  };
}
