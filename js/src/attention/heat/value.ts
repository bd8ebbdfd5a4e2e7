import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import { rest } from "../../shared/rest.ts";
import { weightOf } from "../colours.ts";
import type { Context } from "../context.ts";
import { linesOf } from "../lines.ts";
import { headName } from "../matrix-name.ts";
import type { Labels } from "./labels.ts";
import type { Loader } from "./loader.ts";

/** How long the pointer has to rest before the kernel is asked again while it answers (ms). */
const PAUSE = 16;

/** The line that says what is at the cell: at once from the picture, then exactly. */
export function valueLine(context: Context, loader: Loader, rows: Labels, columns: Labels) {
  const { session, t, guard } = context;
  const lines = linesOf(context);
  const element = h("div", { class: "att-value", role: "status" });
  const digits = (most: number) =>
    new Intl.NumberFormat(t.language, { maximumSignificantDigits: most });
  const exactly = digits(3);
  const about = digits(2);
  let asked = new AbortController();
  let answering = 0;
  const soon = rest(
    guard(() => void ask()),
    PAUSE,
  );

  const write = (value: number, format: Intl.NumberFormat) =>
    Number.isNaN(value) ? "NaN" : format.format(value);

  /** What is said of the cell, strongest first. */
  function tell(value: string | undefined, ...more: (string | false | undefined)[]): void {
    const { query, key } = session.cell;
    const parts: Node[] = [];
    const name = (kind: "query" | "key", labels: Labels, unit: number | null) =>
      unit === null
        ? []
        : [
            h("span", { class: "tfw-muted" }, t(`heat.${kind}`)),
            " ",
            h("bdi", { class: "att-name" }, labels.name(unit)),
            " ",
            h("span", { class: "tfw-muted" }, `#${t.number(unit)}`),
          ];
    parts.push(
      h(
        "span",
        {},
        ...name("query", rows, query),
        query !== null && key !== null && " → ",
        ...name("key", columns, key),
        value !== undefined && ": ",
        value !== undefined && h("b", {}, value),
      ),
    );
    const said = more.filter((text) => typeof text === "string");
    said.push(headName(session, t));
    parts.push(h("span", { class: "tfw-muted" }, said.join(" · ")));
    fill(element, ...parts.flatMap((part) => [part, " "]));
  }

  function show(): void {
    const { query, key } = session.cell;
    element.toggleAttribute("data-exact", false);
    if (query === null && key === null) {
      fill(element, h("span", { class: "tfw-muted" }, t("heat.hint")));
      return;
    }
    const found = loader.at(session.cell);
    const value = found && `≈ ${write(weightOf(found.byte), about)}`;
    tell(value, found && block(found), found && !found.exact && t("heat.sampled"));
  }

  function block({ units }: { units: number }): string | undefined {
    return units > 1 ? t("heat.block", { n: units }) : undefined;
  }

  function known(): boolean {
    const { query, key } = session.cell;
    if (query === null) return false;
    const found = lines.peek(session.matrix, { query, key: null });
    if (!found?.row) return false;
    const { hidden, rough } = found;
    const value = key === null ? undefined : (found.row[key] ?? Number.NaN);
    const format = rough ? about : exactly;
    const picture = loader.at(session.cell);
    const largest =
      picture && picture.units > 1
        ? t("heat.largest", {
            n: picture.units,
            value: write(weightOf(picture.byte), about),
          })
        : undefined;
    tell(
      value === undefined ? undefined : (rough ? "≈ " : "") + write(value, format),
      hidden >= 0.0005 && t("heat.hidden", { share: t.percent(hidden) }),
      largest,
    );
    element.toggleAttribute("data-exact", value !== undefined);
    return true;
  }

  async function ask(): Promise<void> {
    const { query } = session.cell;
    if (query === null) return;
    asked = new AbortController();
    const { signal } = asked;
    answering++;
    try {
      await lines.get(session.matrix, { query, key: null }, signal);
      if (!signal.aborted) known();
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      fill(
        element,
        alert(error, t, () => void ask()),
      );
    } finally {
      answering--;
    }
  }

  return {
    element,
    update(): void {
      const waiting = answering > 0;
      asked.abort();
      soon.stop();
      if (known()) return;
      show();
      if (session.cell.query === null) return;
      if (waiting) soon.later();
      else soon.now();
    },
    dispose(): void {
      asked.abort();
      soon.stop();
    },
  };
}
