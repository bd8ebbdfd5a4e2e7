import { h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { size, UNKNOWN } from "../format.ts";
import type { Memory, Verdict } from "./model.ts";
import { table } from "./table.ts";
import type { Words } from "./words.ts";

const SIGNS: Record<Verdict, string> = { fits: "✓", tight: "≈", no: "✗" };

/** What the model takes in memory, by type of number, and whether this machine has that. */
export function memoryTable(memory: Memory, t: Words): HTMLElement {
  const { language } = t;
  const gpu = memory.gpus.length > 0;
  const verdict = (value: Verdict | null) =>
    value &&
    h(
      "span",
      { class: "hubd-verdict", "data-verdict": value },
      h("span", { "aria-hidden": true }, SIGNS[value]),
      " ",
      t(`fit.${value}`),
    );
  const rows = memory.rows.map((row) => ({
    head: h(
      "span",
      {},
      visible(row.dtype ?? UNKNOWN),
      row.as_loaded && h("span", { class: "tfw-muted hubd-aside" }, t("fit.as_loaded")),
    ),
    cells: [size(row.bytes, language), verdict(row.ram), ...(gpu ? [verdict(row.gpu)] : [])],
  }));
  const { ram, gpus } = memory;
  const free = [
    ram.total !== null &&
      t("memory.free", { free: size(ram.free, language), total: size(ram.total, language) }),
    ...gpus.map((each) =>
      t("memory.gpu-free", {
        name: visible(each.name),
        free: size(each.free, language),
        total: size(each.total, language),
      }),
    ),
    gpus.length === 0 && t("memory.no-gpu"),
  ].filter(Boolean);
  return h(
    "div",
    { class: "hubd-memory" },
    table(
      t("fit.heading"),
      [t("fit.dtype"), t("fit.bytes"), t("fit.ram"), ...(gpu ? [t("fit.gpu")] : [])],
      rows,
    ),
    h("p", { class: "tfw-muted hubd-small" }, free.join(" · ")),
    h("p", { class: "tfw-muted hubd-small" }, t("fit.note")),
  );
}
