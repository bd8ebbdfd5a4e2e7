import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import { palette } from "../colours.ts";
import type { Context } from "../context.ts";
import type { ExportFormat, ExportWhat } from "../model.ts";

const OFFERS: [what: ExportWhat, formats: ExportFormat[]][] = [
  ["head", ["png", "svg"]],
  ["grid", ["png", "svg"]],
  ["arcs", ["png", "svg"]],
  ["layer", ["html"]],
  ["all", ["html"]],
];

/** A menu of files: pictures for a paper, pages for a lecture. */
export function exportMenu({ session, kernel, t, guard }: Context, problem: HTMLElement) {
  const list = h("div", { class: "att-menu" });
  const summary = h("summary", { class: "tfw-button" }, t("bar.export"));
  const element = h("details", { class: "att-export" }, summary, list);
  let asked = new AbortController();

  async function save(what: ExportWhat, format: ExportFormat): Promise<void> {
    element.open = false;
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    fill(problem);
    summary.textContent = t("bar.exporting");
    element.setAttribute("aria-busy", "true");
    try {
      const { dark } = palette(element);
      const { matrix, scale } = session;
      const range = what === "head" || what === "arcs" ? session.part : null;
      const question = { ...matrix, format, what, dark, scale, range };
      const { file, name, type } = await kernel.export(question, signal);
      download(file, name, type);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      fill(
        problem,
        alert(error, t, () => void save(what, format)),
      );
    }
    summary.textContent = t("bar.export");
    element.removeAttribute("aria-busy");
  }

  const close = (event: Event) => {
    if (!element.contains(event.target as Node)) element.open = false;
  };
  element.ontoggle = () => {
    if (element.open) document.addEventListener("pointerdown", close, true);
    else document.removeEventListener("pointerdown", close, true);
  };
  element.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !element.contains(relatedTarget as Node)) element.open = false;
  });
  element.onkeydown = guard((event: KeyboardEvent) => {
    if (event.key !== "Escape" || !element.open) return;
    element.open = false;
    summary.focus();
    event.stopPropagation();
  });

  return {
    element,
    update(): void {
      const can = session.opened?.can.export ?? [];
      const rows = OFFERS.map(([what, formats]) => {
        const offered = formats.filter((format) => can.includes(format));
        if (offered.length === 0) return null;
        return h(
          "div",
          {},
          h("span", { class: "att-file" }, t(`bar.export.${what}`)),
          ...offered.map((format) =>
            h(
              "button",
              {
                type: "button",
                class: "tfw-button",
                "aria-label": `${t(`bar.export.${what}`)}: ${format.toUpperCase()}`,
                onclick: guard(() => void save(what, format)),
              },
              format.toUpperCase(),
            ),
          ),
        );
      });
      element.hidden = rows.every((row) => row === null);
      fill(list, ...rows);
    },
    dispose(): void {
      asked.abort();
      document.removeEventListener("pointerdown", close, true);
    },
  };
}

function download(file: Uint8Array, name: string, type: string): void {
  const address = URL.createObjectURL(new Blob([file as BlobPart], { type }));
  h("a", { href: address, download: name }).click();
  // The browser has to have begun before the address goes.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
