import { fill, h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { scrolling } from "../dom.ts";
import type { PanelWords } from "../panel-words.ts";

interface Confusion {
  labels: string[];
  /** Texts by target (row) and prediction (column). */
  counts: number[][];
  step: number;
  epoch: number | null;
}

/** With more labels than this, cells hold the count alone. */
const SHARES = 12;

/** How often each label was taken for each other one, as a table. */
export function confusion(el: HTMLElement, t: PanelWords) {
  let drawn: unknown;
  /** The cell that the keys are at. */
  let at: [row: number, column: number] = [0, 0];
  let told: HTMLElement | undefined;

  function draw({ labels, counts, epoch }: Confusion): void {
    const totals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
    const all = totals.reduce((sum, n) => sum + n, 0);
    const right = counts.reduce((sum, row, k) => sum + (row[k] ?? 0), 0);
    const readout = h("p", { class: "pan-readout", role: "status" }, t("confusion.hint"));
    told = readout;

    function cell(row: number, column: number): HTMLElement {
      const n = counts[row]?.[column] ?? 0;
      const share = totals[row] ? n / (totals[row] as number) : 0;
      const said = t("confusion.cell", {
        target: visible(labels[row] ?? ""),
        predicted: visible(labels[column] ?? ""),
        n,
        share: t.percent(share, 1),
      });
      return h(
        "td",
        {
          tabindex: row === at[0] && column === at[1] ? 0 : -1,
          title: said,
          "aria-label": said,
          "data-at": `${row},${column}`,
          "data-diagonal": row === column,
          "data-none": n === 0,
          style: { "--pan-share": String(Math.round(share * 100)) },
        },
        t.number(n),
        labels.length <= SHARES && n > 0 && h("small", {}, t.percent(share)),
      );
    }

    const table = h(
      "table",
      { class: "tfw-plain tfw-plain-facts pan-table pan-matrix" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col", class: "tfw-muted" }, t("confusion.corner")),
          ...labels.map((label) =>
            h("th", { scope: "col", title: visible(label) }, outside(label)),
          ),
          h("th", { scope: "col" }, t("confusion.total")),
        ),
      ),
      h(
        "tbody",
        {},
        ...labels.map((label, row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row", title: visible(label) }, outside(label)),
            ...labels.map((_, column) => cell(row, column)),
            h("td", { class: "tfw-muted" }, t.number(totals[row] ?? 0)),
          ),
        ),
      ),
    );
    table.addEventListener("keydown", (event) => keys(event, labels.length, table));
    for (const type of ["focusin", "mouseover"]) {
      table.addEventListener(type, (event) => {
        const { target } = event;
        const found = target instanceof Element ? target.closest<HTMLElement>("[data-at]") : null;
        if (found) readout.textContent = found.title;
      });
    }
    const held = el.contains(document.activeElement) && document.activeElement?.tagName === "TD";
    const old = el.querySelector(".pan-scroll");
    const scrolled = [old?.scrollLeft ?? 0, old?.scrollTop ?? 0] as const;
    const scroller = scrolling(t("confusion.table"), table);
    fill(
      el,
      h(
        "div",
        { class: "pan" },
        h(
          "p",
          {},
          t("confusion.summary", {
            right,
            n: all,
            share: t.percent(all > 0 ? right / all : 0, 1),
            epoch: epoch === null ? "–" : epoch + 1,
          }),
        ),
        scroller,
        told,
      ),
    );
    [scroller.scrollLeft, scroller.scrollTop] = scrolled;
    if (held) table.querySelector<HTMLElement>('td[tabindex="0"]')?.focus();
  }

  function keys(event: KeyboardEvent, size: number, table: HTMLElement): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const [row, column] = at;
    const goals: Record<string, [number, number]> = {
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      ArrowRight: [row, column + 1],
      ArrowLeft: [row, column - 1],
      Home: [row, 0],
      End: [row, size - 1],
    };
    const goal = goals[event.key];
    if (!goal) return;
    event.preventDefault();
    event.stopPropagation();
    const inside = (n: number) => Math.max(0, Math.min(size - 1, n));
    table.querySelector(`[data-at="${at}"]`)?.setAttribute("tabindex", "-1");
    at = [inside(goal[0]), inside(goal[1])];
    const next = table.querySelector<HTMLElement>(`[data-at="${at}"]`);
    next?.setAttribute("tabindex", "0");
    next?.focus();
  }

  return (data: unknown): void => {
    if (!data || data === drawn) return;
    drawn = data;
    const now = data as Confusion;
    const last = now.labels.length - 1;
    at = [Math.min(at[0], last), Math.min(at[1], last)];
    draw(now);
  };
}
