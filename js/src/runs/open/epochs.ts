import type { Row } from "../../dashboard/model.ts";
import { h } from "../../shared/dom.ts";
import { outside } from "../../shared/text.ts";
import { duration, measure } from "../format.ts";
import { cell, table } from "./table.ts";
import { named, type Words } from "./words.ts";

/** The names of all values, in the order in which they came up. */
export function valueNames(epochs: Row[]): string[] {
  return [...new Set(epochs.flatMap(({ values }) => Object.keys(values)))];
}

/** What was measured after each epoch; `best` is the number of a row. */
export function epochTable(epochs: Row[], best: number | null | undefined, t: Words): HTMLElement {
  const names = valueNames(epochs);
  return table(
    t("epochs"),
    [t("epochs.epoch"), ...names.map((name) => outside(named(t, "curve", name))), t("epochs.time")],
    epochs.map((row, k) => ({
      best: k === best,
      head: h(
        "span",
        {},
        t.number(row.epoch + 1),
        row.kind !== "epoch" && h("span", { class: "tfw-muted" }, ` ${named(t, "kind", row.kind)}`),
        k === best && h("span", { class: "runs-star" }, ` ★ ${t("best")}`),
      ),
      cells: [
        ...names.map((name) => cell(measure(row.values[name], t.language))),
        cell(duration(row.seconds)),
      ],
    })),
  );
}
