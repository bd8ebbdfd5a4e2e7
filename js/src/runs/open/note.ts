import { h, uniqueId } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import type { Words } from "./words.ts";

/** What a reader writes about a run: saved when the field is left, or by Ctrl+Enter. */
export function noteField(text: string, t: Words, save: (text: string) => Promise<void>) {
  const id = uniqueId("runs-note");
  let saved = text;
  const state = h("span", { class: "tfw-muted", role: "status" });
  const field = h("textarea", {
    id,
    class: "tfw-input runs-note",
    rows: 2,
    placeholder: t("note.hint"),
    oninput: () => {
      state.textContent = field.value === saved ? "" : t("note.changed");
    },
    onblur: () => void store(),
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Escape") event.stopPropagation();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        // Ctrl+Enter runs the cell.
        event.stopPropagation();
        void store();
      }
    },
  });
  field.value = text;

  async function store(): Promise<void> {
    const now = field.value;
    if (now === saved) return;
    const before = saved;
    saved = now;
    state.textContent = t("note.saving");
    try {
      await save(now);
      state.textContent = field.value === now ? t("note.saved") : t("note.changed");
    } catch (error) {
      saved = before;
      if (isAbort(error)) return;
      const message = error instanceof Error ? error.message : String(error);
      state.textContent = t("error", { message });
    }
  }

  return h("div", { class: "runs-note-field" }, h("label", { for: id }, t("note")), field, state);
}
