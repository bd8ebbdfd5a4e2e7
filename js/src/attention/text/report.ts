import { fill, h } from "../../shared/dom.ts";
import type { Weights } from "../lines.ts";
import type { PartWords } from "../part-words.ts";
import type { Cell, Session } from "../session.ts";
import { strongest } from "../strongest.ts";
import { weightText } from "../weight-text.ts";
import { isNowhere } from "./focus.ts";
import { quoted } from "./quoted.ts";

const LISTED = 5;

/** What is said below the text: a value, and the strongest partners of the token at hand. */
export function report(t: PartWords) {
  const line = h("p", { class: "att-t-line", role: "status" });
  const lists = h("div", { class: "att-t-lists" });
  const element = h("div", { class: "att-t-report" }, line, lists);
  const self = {
    element,
    onPoint: (_: Cell): void => {},
    onPin: (_: Cell): void => {},
    /** The weights are on their way: what was said stays, but for where nothing was. */
    wait(session: Session, goal: Cell): void {
      if (line.textContent === t("text.hint")) line.textContent = title(session, goal);
    },
    draw(session: Session, shown: { focus: Cell; weights: Weights } | undefined): void {
      if (!shown || isNowhere(shown.focus)) {
        line.textContent = t("text.hint");
        fill(lists);
        return;
      }
      line.textContent = values(session, shown.weights, shown.focus) || title(session, shown.focus);
      const { row, column, rough } = shown.weights;
      lists.toggleAttribute("data-both", row !== undefined && column !== undefined);
      const { query, key } = shown.focus;
      fill(
        lists,
        row && list(session, row, rough, query, "to"),
        column && list(session, column, rough, key, "by"),
      );
    },
  };

  const names = ({ opened, pane }: Session, cell: Cell) => ({
    query: quoted(opened?.axes[pane?.queries ?? 0], cell.query ?? -1),
    key: quoted(opened?.axes[pane?.keys ?? 0], cell.key ?? -1),
  });

  function title(session: Session, focus: Cell): string {
    const { query, key } = names(session, focus);
    const unit = focus.query ?? focus.key ?? 0;
    return t("text.alone", { token: focus.query === null ? key : query, n: unit });
  }

  /** Of the pair at hand, if there is one; and what cannot be seen. */
  function values(session: Session, weights: Weights, focus: Cell): string {
    const { cell } = session;
    const { row, column, hidden, rough } = weights;
    const said: string[] = [];
    const give = (query: number, key: number, value: number | undefined) => {
      if (value === undefined) return;
      const named = names(session, { query, key });
      said.push(t("text.gives", { ...named, value: weightText(t, value, rough) }));
    };
    const other = (unit: number | null) => [cell.key, cell.query].find((each) => each !== unit);
    if (cell.query !== null && cell.key !== null) {
      const to = focus.query === cell.query ? cell.key : other(focus.query);
      const by = focus.key === cell.key ? cell.query : other(focus.key);
      if (focus.query !== null && typeof to === "number") give(focus.query, to, row?.[to]);
      if (focus.key !== null && typeof by === "number" && (said.length === 0 || by !== focus.query))
        give(by, focus.key, column?.[by]);
    }
    if (hidden > 0.0005) said.push(t("text.hidden", { share: t.percent(hidden) }));
    return said.join(" · ");
  }

  function list(
    session: Session,
    weights: Float32Array,
    rough: boolean,
    unit: number | null,
    way: "to" | "by",
  ): HTMLElement {
    const { opened, pane } = session;
    const [mine, theirs] = way === "to" ? [pane?.queries, pane?.keys] : [pane?.keys, pane?.queries];
    const items = strongest(weights, LISTED).map((other) => {
      const cell = way === "to" ? { query: unit, key: other } : { query: other, key: unit };
      const alone = way === "to" ? { query: null, key: other } : { query: other, key: null };
      return h(
        "button",
        {
          type: "button",
          class: "att-t-partner",
          onpointerenter: () => self.onPoint(cell),
          onclick: () => self.onPin(pane?.queries === pane?.keys ? swap(alone) : alone),
        },
        h("bdi", {}, quoted(opened?.axes[theirs ?? 0], other)),
        " ",
        h("span", { class: "tfw-muted" }, weightText(t, weights[other] ?? 0, rough)),
      );
    });
    return h(
      "div",
      { class: "att-t-list", "data-way": way },
      h(
        "span",
        { class: "att-t-about" },
        t(`text.most.${way}`, { token: quoted(opened?.axes[mine ?? 0], unit ?? -1) }),
      ),
      ...items,
      items.length === 0 && (weights.some(Number.isNaN) ? "NaN" : "–"),
    );
  }

  return self;
}

/** One text: a key that is gone to is looked at as a query, as its neighbour was. */
function swap({ query, key }: Cell): Cell {
  return { query: key, key: query };
}
