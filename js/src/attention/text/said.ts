import type { Weights } from "../lines.ts";
import type { PartWords } from "../part-words.ts";
import type { Cell, Session } from "../session.ts";
import { strongest } from "../strongest.ts";
import { weightText } from "../weight-text.ts";
import { quoted } from "./quoted.ts";

/** A sentence about a token: its weight for the other one at hand, else its strongest ones. */
export function said(session: Session, weights: Weights, focus: Cell, t: PartWords): string {
  const { opened, pane, cell } = session;
  const { row, column, hidden, rough } = weights;
  const queries = opened?.axes[pane?.queries ?? 0];
  const keys = opened?.axes[pane?.keys ?? 0];
  const parts: string[] = [];
  if (cell.query !== null && cell.key !== null) {
    const value = focus.query === cell.query ? row?.[cell.key] : column?.[cell.query];
    const names = { query: quoted(queries, cell.query), key: quoted(keys, cell.key) };
    if (value !== undefined) {
      parts.push(t("text.gives", { ...names, value: weightText(t, value, rough) }));
    }
  } else {
    const values = focus.query !== null ? row : column;
    const way = focus.query !== null ? "to" : "by";
    const [mine, theirs] = way === "to" ? [queries, keys] : [keys, queries];
    const token = quoted(mine, focus.query ?? focus.key ?? -1);
    const list = strongest(values ?? [], 3).map(
      (other) => `${quoted(theirs, other)} ${weightText(t, values?.[other] ?? 0, rough)}`,
    );
    parts.push(
      `${t(`text.most.${way}`, { token })}: ${list.join(" · ") || (values?.some(Number.isNaN) ? "NaN" : "–")}`,
    );
  }
  if (hidden > 0.0005) parts.push(t("text.hidden", { share: t.percent(hidden) }));
  return parts.join(" · ");
}
