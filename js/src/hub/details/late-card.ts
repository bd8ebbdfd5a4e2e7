import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import { loadPart } from "../../shared/part.ts";
import { isAbort } from "../../shared/protocol.ts";
import { visible } from "../../shared/text.ts";
import type { CardContext, CardPayload } from "../card/part.ts";
import type { Host } from "../late.ts";
import type { Section } from "./sections.ts";
import type { Words } from "./words.ts";

/** The model's card: fetched when somebody wants to read it, with the code that lays it out. */
export function cardSection(host: Host, key: string, t: Words): Section {
  const element = h("div", { class: "hubd-section" });
  const gone = new AbortController();

  async function load(): Promise<void> {
    element.setAttribute("aria-busy", "true");
    fill(element, h("p", { class: "tfw-muted" }, t("card.loading")));
    try {
      const [{ exported, css }, { payload }] = await Promise.all([
        loadPart<(context: CardContext) => HTMLElement>(host.channel, "card"),
        host.channel.request<CardPayload | { none: true }>(
          "card",
          { key },
          { signal: gone.signal, later: true },
        ),
      ]);
      if (gone.signal.aborted) return;
      if ("none" in payload) {
        fill(element, h("p", { class: "tfw-muted" }, t("card.none")));
        return;
      }
      host.guard(() =>
        fill(
          element,
          h("style", {}, css),
          ...payload.notes.map((note) => h("p", { class: "tfw-note" }, visible(note[t.language]))),
          exported({ card: payload, t }),
        ),
      )();
    } catch (error) {
      if (isAbort(error)) return;
      fill(
        element,
        alert(error, t, () => void load()),
      );
    } finally {
      element.removeAttribute("aria-busy");
    }
  }

  void load();
  return { element, update() {}, dispose: () => gone.abort() };
}
