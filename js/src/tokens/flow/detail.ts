import { type Child, fill, h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { button, muted, span } from "../elements.ts";
import { glyphs } from "../glyphs.ts";
import type { Context } from "../panel.ts";
import type { FlowState } from "../session.ts";
import { roleName } from "./heads.ts";
import { characters, firstOf, lastOf, length, type Span } from "./spots.ts";
import { flagsOf, position } from "./unit.ts";
import type { Token, Unit } from "./units.ts";

/** Bytes that are written out, and ids of a selection that are listed. */
const MOST_BYTES = 8;
const MOST_IDS = 40;
/** Units that are asked for at once while ids are copied. */
const STEP = 50;

/** A strip that tells about one token, or about those that are selected. */
export function detail({ state: { summary }, pieces, t }: Context, flow: FlowState) {
  const element = h("div", { class: "tok-detail" });
  const { pages, source } = flow;

  function one({ from: { unit: index, stop } }: Span): Child[] {
    const [token] = stop;
    const unit = pages.get(index);
    const text = unit && token.start >= 0 ? unit.text.slice(token.start, token.end) : undefined;
    const place = unit && characters(unit, token);
    const bytes = token.bytes ?? (text === undefined ? "" : hex(text));
    const count = bytes.length / 2;
    const spaced = bytes.replace(/..(?=.)/g, "$& ");
    return [
      muted(position(stop, t)),
      h("b", {}, h("bdi", {}, ...glyphs(pieces.get(source, token.id) ?? "…"))),
      fact(t("detail.id"), token.id),
      text === undefined
        ? muted(t("detail.no-place"))
        : fact(t("mode.text"), h("bdi", {}, "“", ...glyphs(text), "”")),
      place && fact(t("detail.characters"), `[${place[0]}, ${place[1]})`),
      count > 0 && fact(t("detail.bytes", { n: count }), count <= MOST_BYTES && spaced),
      token.word >= 0 && fact(t("mode.word"), token.word),
      summary.sources[source]?.types && fact(t("detail.type"), token.type),
      ...flagsOf(token)
        .filter((name) => name !== "second")
        .map((name) => span(t(`flag.${name as Exclude<typeof name, "second">}`))),
      flow.paired && unit && span(t(unit.pair ? "flow.pair" : "detail.first")),
      unit &&
        unit.role >= 0 &&
        fact(t("mode.role"), visible(roleName(summary.roles[unit.role], t))),
    ];
  }

  function several(where: Span): Child[] {
    const size = length(flow, where);
    const known = ids(where);
    const count = lastOf(where.to) - firstOf(where.from) + 1;
    const list = h(
      "span",
      { class: "tok-ids" },
      `${known.join(", ")}${known.length < count ? ", …" : ""}`,
    );
    const said = h("span", { role: "status" });
    const copy = async () => {
      try {
        const text = (await allIds(where)).join(", ");
        // Pages that come without encryption have no clipboard.
        const copied = await navigator.clipboard?.writeText(text).then(
          () => true,
          () => false,
        );
        if (!copied) {
          fill(list, text);
          document.getSelection()?.selectAllChildren(list);
        }
        fill(said, t(copied ? "select.copied" : "select.by-hand"));
      } catch (error) {
        fill(said, t("error", { message: visible(String((error as Error).message)) }));
      }
    };
    return [
      h("b", {}, t("facts.tokens", { n: count })),
      size !== undefined && muted(t("select.characters", { n: size })),
      button(t("select.copy"), copy),
      said,
      list,
    ];
  }

  function ids({ from, to }: Span): number[] {
    const found: number[] = [];
    for (let k = from.unit; k <= to.unit && found.length < MOST_IDS; k++) {
      const unit = pages.get(k);
      if (!unit) break;
      found.push(...within(unit, from.stop[0].index, lastOf(to)));
    }
    return found.slice(0, MOST_IDS);
  }

  async function allIds({ from, to }: Span): Promise<number[]> {
    const found: number[] = [];
    for (let k = from.unit; k <= to.unit; k += STEP) {
      const stop = Math.min(to.unit + 1, k + STEP);
      const here = Array.from({ length: stop - k }, (_, j) => pages.get(k + j));
      const units = here.every(Boolean) ? (here as Unit[]) : (await flow.load(k, stop)).rows;
      for (const unit of units) {
        for (const id of within(unit, from.stop[0].index, lastOf(to))) found.push(id);
      }
    }
    return found;
  }

  return {
    element,
    show(where: Span | undefined): void {
      const single = where && where.from.stop === where.to.stop;
      fill(element, ...(!where ? [muted(t("detail.hint"))] : single ? one(where) : several(where)));
    },
  };
}

function fact(name: string, value: Child): HTMLElement {
  return span(muted(name), " ", value);
}

function within({ tokens }: Unit, from: number, to: number): number[] {
  const inside = ({ index }: Token) => index >= from && index <= to;
  return tokens.filter(inside).map(({ id }) => id);
}

function hex(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => byte.toString(16).padStart(2, "0").toUpperCase())
    .join("");
}
