import { clock, short } from "../../shared/chart/numbers.ts";
import { fill, h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import type { Context, Section } from "../context.ts";
import { icon } from "../icon.ts";
import type { Row } from "../model.ts";
import { columns } from "../values.ts";

/** Rows that are shown unless a reader wants all. */
const MOST = 200;

/** The epoch table; the newest row stays in sight. */
export function epochTable({ session, t, memory, guard }: Context): Section {
  const head = h("tr");
  const body = h("tbody");
  const scroll = h(
    "div",
    { class: "dash-scroll", tabindex: 0, role: "region", "aria-label": t("tab-epochs") },
    h("table", { class: "dash-table" }, h("thead", {}, head), body),
  );
  const all = h("button", {
    type: "button",
    class: "tfw-button",
    hidden: true,
    onclick: guard(() => {
      memory.allRows = true;
      update();
    }),
  });
  const none = h("p", { class: "tfw-muted" });
  const element = h("div", { class: "dash-epochs" }, all, scroll, none);

  function line(row: Row, number: number, names: string[]): HTMLElement {
    const best = number === session.progress.best;
    const { kind, epoch, step } = row;
    const note = kind === "epoch" ? "" : t(`kind-${kind}`, { step });
    return h(
      "tr",
      { "data-kind": kind, "data-best": best },
      h(
        "th",
        { scope: "row" },
        best && icon("star"),
        best && h("span", { class: "dash-hear" }, `${t("best")} `),
        String(epoch + 1),
        note && h("small", {}, ` ${note}`),
      ),
      ...names.map((name) => {
        const value = row.values[name];
        const text = value === null || value === undefined ? "" : short(value, t.language, 4, true);
        return h("td", {}, text);
      }),
      h("td", {}, clock(row.seconds)),
    );
  }

  function update(): void {
    const { epochs } = session;
    const names = columns(epochs);
    const from = memory.allRows ? 0 : Math.max(0, epochs.length - MOST);
    const atEnd = scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 8;
    fill(
      head,
      h("th", { scope: "col" }, t("epoch")),
      ...names.map((name) => h("th", { scope: "col" }, visible(name))),
      h("th", { scope: "col" }, t("time")),
    );
    fill(body, ...epochs.slice(from).map((row, k) => line(row, from + k, names)));
    all.hidden = from === 0;
    all.textContent = t("show-all", { n: epochs.length });
    scroll.hidden = epochs.length === 0;
    none.hidden = epochs.length > 0;
    none.textContent = t(session.ended ? "panel-none" : "epochs-none");
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  let best: unknown;
  return {
    element,
    update(changes) {
      const other = session.progress.best !== best;
      best = session.progress.best;
      if (other || changes.has("opened") || changes.has("epochs")) update();
    },
  };
}
