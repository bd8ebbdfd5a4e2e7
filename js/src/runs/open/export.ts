import { h } from "../../shared/dom.ts";
import { type Channel, isAbort } from "../../shared/protocol.ts";
import type { Words } from "./words.ts";

const KINDS = ["csv", "html", "png"] as const;

/** Buttons that fetch a run as a file. */
export function exportButtons(channel: Channel, run: string, t: Words): HTMLElement {
  const state = h("span", { class: "tfw-muted", role: "status" });

  async function fetchFile(kind: (typeof KINDS)[number], button: HTMLButtonElement): Promise<void> {
    // Not `disabled`: that would take the focus away.
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    state.textContent = "";
    try {
      const { payload, buffers } = await channel.request<{ name: string; mime: string }>("export", {
        run,
        kind,
      });
      const parts = buffers.map((b) =>
        new Uint8Array(b.buffer, b.byteOffset, b.byteLength).slice(),
      );
      save(payload.name, new Blob(parts, { type: payload.mime }));
    } catch (error) {
      if (isAbort(error)) return;
      const message = error instanceof Error ? error.message : String(error);
      state.textContent = t("error", { message });
    } finally {
      button.ariaDisabled = null;
    }
  }

  return h(
    "div",
    { class: "runs-bar" },
    h("span", { class: "tfw-muted" }, t("export")),
    ...KINDS.map((kind) => {
      const button = h(
        "button",
        {
          type: "button",
          class: "tfw-button",
          title: t(`export.${kind}`),
          onclick: () => void fetchFile(kind, button),
        },
        kind.toUpperCase(),
      );
      return button;
    }),
    state,
  );
}

function save(name: string, data: Blob): void {
  const address = URL.createObjectURL(data);
  const link = h("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  // The download has to begin before its address goes.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
