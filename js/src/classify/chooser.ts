import { fill, h, uniqueId } from "../shared/dom.ts";
import { visible } from "../shared/text.ts";
import { labelTag } from "./label.ts";
import { MOST_COLUMNS, type Session } from "./session.ts";
import type { Words } from "./words.ts";

interface ChooserOptions {
  session: Session;
  t: Words;
  /** The row to stay at while columns change. */
  around(): number;
}

/** Which of many classes have a column of bars. */
export function chooser({ session, t, around }: ChooserOptions) {
  const id = uniqueId("tfw-chooser");
  const count = h("span", { class: "tfw-muted" });
  const toggle = h(
    "button",
    {
      type: "button",
      class: "tfw-button",
      "aria-expanded": false,
      "aria-controls": id,
      onclick: () => open(panel.hidden === true),
    },
    t("columns.choose"),
  );
  const find = h("input", {
    type: "search",
    class: "tfw-input",
    placeholder: t("columns.find"),
    "aria-label": t("columns.find"),
    oninput: () => list(),
  });
  const reset = h(
    "button",
    { type: "button", class: "tfw-button", onclick: () => choose(session.defaultColumns) },
    t("columns.reset"),
  );
  const boxes = h("div", { class: "tfw-boxes", role: "group", "aria-label": t("columns.choose") });
  const panel = h(
    "div",
    {
      class: "tfw-chooser",
      id,
      hidden: true,
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        open(false);
        toggle.focus();
      },
    },
    h(
      "div",
      { class: "tfw-bar-of-controls" },
      find,
      reset,
      h("span", { class: "tfw-muted" }, t("columns.most", { n: MOST_COLUMNS })),
    ),
    boxes,
  );

  function open(now: boolean): void {
    panel.hidden = !now;
    toggle.setAttribute("aria-expanded", String(now));
    if (!now) return;
    list();
    find.focus();
  }

  function choose(columns: number[]): void {
    session.ask({ columns }, around());
  }

  function list(): void {
    const wanted = find.value.toLocaleLowerCase();
    const found = session.labels
      .map((name, label) => ({ name, label }))
      .filter(({ name }) => visible(name).toLocaleLowerCase().includes(wanted));
    fill(boxes, ...found.map(({ name, label }) => box(name, label)));
    mark();
  }

  function box(name: string, label: number): HTMLElement {
    const input = h("input", {
      type: "checkbox",
      value: label,
      onchange: () => {
        const { columns } = session.query;
        choose(input.checked ? [...columns, label] : columns.filter((k) => k !== label));
      },
    });
    return h("label", { class: "tfw-box" }, input, labelTag(name, label));
  }

  /** Ticks what is shown. The last column stays, and there is an end to adding. */
  function mark(): void {
    const { columns } = session.query;
    for (const input of boxes.querySelectorAll("input")) {
      input.checked = columns.includes(Number(input.value));
      input.disabled = input.checked ? columns.length === 1 : columns.length >= MOST_COLUMNS;
    }
  }

  return {
    controls: [count, toggle],
    panel,
    update(): void {
      const n = session.query.columns.length;
      count.textContent = t("count.classes-shown", { n, total: session.labels.length });
      reset.disabled = session.query.columns === session.defaultColumns;
      if (!panel.hidden) mark();
    },
  };
}
