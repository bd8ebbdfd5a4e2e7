import { fill, h } from "../../shared/dom.ts";
import { outside } from "../../shared/text.ts";
import { duration, measure, settingText } from "../format.ts";
import type { Context } from "../late.ts";
import type { ComparePayload, RunRow } from "../model.ts";
import { cell, table } from "./table.ts";
import { named, type Words } from "./words.ts";

type Needs = Pick<Context, "guard" | "pill" | "onOpen"> & { t: Words };

/** Who was best at what, and what was set differently. */
export function compareTables(
  runs: RunRow[],
  data: Pick<ComparePayload<unknown>, "best" | "settings">,
  { t, guard, pill, onOpen }: Needs,
): [best: HTMLElement, settings: HTMLElement] {
  const best = h("section");
  const settings = h("section");
  let all = false;

  /** Numbers tie the columns to the curves; a name opens its run. */
  const columns = () => [
    "",
    ...runs.map((run, k) =>
      h(
        "button",
        {
          type: "button",
          class: "runs-link",
          title: t("compare.open"),
          onclick: () => onOpen(run),
        },
        key(k),
        outside(run.name),
      ),
    ),
  ];

  function drawBest(): void {
    const rows = data.best.map(({ name: of, lower, values, best: winner }) => ({
      head: h(
        "span",
        {},
        outside(named(t, "curve", of)),
        h("span", { class: "tfw-muted" }, lower ? " ↓" : " ↑"),
      ),
      cells: values.map((value, k) => {
        const made = cell(
          measure(value, t.language),
          k === winner && h("span", { class: "runs-star" }, ` ★ ${t("best")}`),
        );
        made.toggleAttribute("data-winner", k === winner);
        return made;
      }),
    }));
    const facts = [
      { head: t("column.status"), cells: runs.map((run) => cell(pill(run.status))) },
      { head: t("column.seconds"), cells: runs.map((run) => cell(duration(run.seconds))) },
      {
        head: t("column.epochs"),
        cells: runs.map((run) => cell(run.epochs === null ? "–" : t.number(run.epochs))),
      },
    ];
    fill(
      best,
      h("h3", {}, t("compare.best")),
      table(t("compare.best"), columns(), [...rows, ...facts]),
    );
  }

  function drawSettings(): void {
    const differing = data.settings.filter(({ same }) => !same);
    const shown = all ? data.settings : differing;
    const box = h("input", {
      type: "checkbox",
      checked: all,
      onchange: guard(() => {
        all = box.checked;
        drawSettings();
        settings.querySelector("input")?.focus();
      }),
    });
    fill(
      settings,
      h(
        "div",
        { class: "runs-bar" },
        h("h3", {}, t("compare.settings")),
        h("label", { class: "runs-check" }, box, t("compare.all", { n: data.settings.length })),
      ),
      shown.length === 0
        ? h("p", { class: "tfw-muted" }, t("compare.same"))
        : table(
            t("compare.settings"),
            columns(),
            shown.map(({ key: of, values, same }) => ({
              head: outside(of),
              cells: values.map((value) => {
                const made = cell(outside(settingText(value, t.language)));
                made.toggleAttribute("data-differs", all && !same);
                return made;
              }),
            })),
          ),
    );
  }

  drawBest();
  drawSettings();
  return [best, settings];
}

/** The colour of a run, and its number where colours cannot be told apart. */
function key(k: number): HTMLElement {
  return h(
    "span",
    { class: "runs-key", style: { "--tfw-colour": `var(--tfw-series-${k})` } },
    String(k + 1),
  );
}
