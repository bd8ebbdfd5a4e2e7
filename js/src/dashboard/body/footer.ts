import { h, uniqueId } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import type { Context, Section } from "../context.ts";
import type { WordKey } from "../words.ts";

const KINDS = ["csv", "html", "png"] as const;

/** A note about the training, and the training as a file. */
export function footer({ session, t, guard }: Context): Section {
  const id = uniqueId("dash-note");
  const state = h("span", { class: "tfw-muted dash-said", role: "status" });
  const note = h("textarea", {
    id,
    class: "tfw-input dash-note",
    rows: 1,
    placeholder: t("note-hint"),
    onblur: guard(() => void save()),
    oninput: guard(grow),
    onkeydown: guard((event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void save();
    }),
  });
  const element = h(
    "footer",
    { class: "dash-footer" },
    h("label", { for: id }, t("note")),
    note,
    h(
      "div",
      { class: "dash-exports", role: "group", "aria-label": t("export") },
      h("span", { class: "tfw-muted" }, t("export")),
      ...KINDS.map((kind) =>
        h(
          "button",
          { type: "button", class: "tfw-button", onclick: guard(() => void load(kind)) },
          kind.toUpperCase(),
        ),
      ),
    ),
    state,
  );

  function grow(): void {
    note.style.height = "auto";
    note.style.height = `${Math.min(160, Math.max(28, note.scrollHeight + 2))}px`;
  }

  async function save(): Promise<void> {
    if (note.value === session.info?.note) return;
    await told("note-failed", async () => {
      await session.note(note.value);
      return t("note-saved");
    });
  }

  async function load(kind: (typeof KINDS)[number]): Promise<void> {
    await told("export-failed", async () => {
      const { name, data } = await session.export(kind);
      const address = URL.createObjectURL(data);
      h("a", { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      return name;
    });
  }

  async function told(failed: WordKey, act: () => Promise<string>): Promise<void> {
    try {
      state.textContent = await act();
    } catch (error) {
      if (isAbort(error)) return;
      state.textContent = t(failed, { why: error instanceof Error ? error.message : "?" });
    }
  }

  return {
    element,
    update(changes) {
      if (!changes.has("opened") || document.activeElement === note) return;
      note.value = session.info?.note ?? "";
      grow();
    },
  };
}
