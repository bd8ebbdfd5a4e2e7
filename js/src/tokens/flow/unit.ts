import { type Child, h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { glyphName } from "../glyphs.ts";
import type { Session } from "../session.ts";
import type { Words } from "../words.ts";
import type { Part, Stop } from "./parts.ts";
import { marked } from "./signs.ts";
import type { Spot } from "./spots.ts";
import { Flag, type Token, type Unit } from "./units.ts";

/** How a unit is drawn. */
export interface Look {
  session: Session;
  t: Words;
  /** Begins the ids of elements. */
  prefix: string;
  /** Labels of annotations. */
  labels: string[];
  /** Whether every token's place is known: then what lies between was dropped. */
  certain: boolean;
  /** What an id is called; nothing while that is not known. */
  name(id: number): string | undefined;
  isSelected(token: Token): boolean;
  /** Takes down what an element stands for. */
  spots: WeakMap<Element, Spot>;
}

/** Flags that are seen, by the name of their class. */
const SEEN = ["special", "added", "padding", "off", "unknown", "second", "differs"] as const;
/** Degrees between the hues of neighbours, so that no two among many come near. */
const GOLDEN = 137.508;
/** Hues by position: enough to tell neighbours apart, few enough to look calm. */
const HUES = 6;
/** Right-to-left scripts, and others whose letters join: their tokens are no boxes of their own. */
const FLOWING =
  /[\u0590-\u08ff\u1800-\u18af\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** The names of what a token is, beyond a piece of text. */
export function flagsOf({ flags }: Token): (typeof SEEN)[number][] {
  return SEEN.filter((name) => (flags & Flag[name]) > 0);
}

/** A unit of text with its tokens; `heads` stand above it, `number` beside it. */
export function drawUnit(look: Look, unit: Unit, index: number, heads: string[]): HTMLElement {
  const strong = /\p{L}/u.exec(unit.text)?.[0] ?? "";
  const flowing = FLOWING.test(unit.text) ? " tok-flowing" : "";
  const nodes = unit.parts.flatMap((part) => [
    draw(look, unit, index, part),
    ...unit.marks
      .filter(({ to }) => part.from < to && to <= part.to)
      .map(({ label }) => h("span", { class: "tok-tag" }, visible(look.labels[label] ?? ""))),
  ]);
  return h(
    "div",
    {
      class: `tok-unit${flowing}`,
      dir: FLOWING.test(strong) ? "rtl" : "ltr",
      "data-number": unit.tokens[0]?.index,
    },
    ...heads.map((head) => h("div", { class: "tok-head", dir: "auto" }, visible(head))),
    ...nodes,
    unit.clipped && h("span", { class: "tok-box" }, "…"),
  );
}

function draw(look: Look, unit: Unit, index: number, part: Part): Child {
  const { session, t } = look;
  const { from, to, stops } = part;
  const text = () => marked(unit.text, from, to, unit.marks, session.whitespace);
  const [stop] = stops;
  if (!stop) {
    // Of blanks one expects no tokens.
    const dropped = look.certain && /\S/.test(unit.text.slice(from, to));
    const kind = unit.cut ? "tok-lost" : dropped && "tok-dropped";
    const nodes = text();
    if (!kind && nodes.length === 1) return nodes[0];
    return h("span", { class: kind, title: kind === "tok-dropped" && t("flow.dropped") }, ...nodes);
  }
  const shared = stops.length > 1 || (stop[0].flags & Flag.fragment) > 0;
  if (from >= 0 && !shared) {
    const spaces = session.whitespace ? leading(unit.text, from, to) : 0;
    const plain = session.labels === "text";
    const broken = plain && /\n./s.test(unit.text.slice(from, to));
    const kind = broken ? "tok-chip tok-broken" : "tok-chip";
    const chip = option(look, unit, index, stop, kind, plain ? text() : [called(look, stop)]);
    if (plain && spaces > 0) {
      chip.classList.add("tok-spaced");
      chip.style.setProperty("--spaces", String(spaces));
    }
    if (!plain && unit.marks.some((mark) => mark.from < to && from < mark.to)) {
      chip.classList.add("tok-marked");
    }
    return chip;
  }
  if (from < 0) return option(look, unit, index, stop, "tok-chip tok-bare", [called(look, stop)]);
  // The cells' text is drawn by the style sheet: it is no part of the text that one copies.
  const cells = stops.map((each) => {
    const cell = option(look, unit, index, each, "tok-cell", []);
    const { bytes, start, end } = each[0];
    const part = unit.text.slice(start, end);
    const own = glyphName(part) ?? visible(part);
    // A mark alone needs something to stand on.
    const quoted = `“${/^\p{M}/u.test(own) ? "◌" : ""}${own}”`;
    cell.dataset.sign = session.labels === "text" ? (bytes ?? quoted) : called(look, each);
    return cell;
  });
  return h("span", { class: "tok-group", style: tint(look, unit, stop[0]) }, ...text(), ...cells);
}

function option(
  look: Look,
  unit: Unit,
  index: number,
  stop: Stop,
  kind: string,
  children: Child[],
): HTMLElement {
  const [token] = stop;
  const names = flagsOf(token).map((name) => ` tok-${name}`);
  const element = h(
    "span",
    {
      class: kind + names.join(""),
      id: look.prefix + token.index,
      role: "option",
      "aria-selected": look.isSelected(token),
      "aria-label": spoken(look, stop),
      style: tint(look, unit, token),
    },
    ...children,
  );
  look.spots.set(element, { unit: index, stop });
  return element;
}

/** What stands on a token that does not show its text. */
function called({ session, name }: Look, stop: Stop): string {
  const [{ id }] = stop;
  const label = session.labels === "ids" ? String(id) : visible(name(id) ?? "…");
  return stop.length > 1 ? `${label} ×${stop.length}` : label;
}

/** "Token 17: ##ing, id 2075" */
function spoken({ t, name }: Look, stop: Stop): string {
  const [{ id }] = stop;
  return `${position(stop, t)}: ${visible(name(id) ?? "…")}, ${t("detail.id")} ${id}`;
}

/** Where tokens stand, counted from 0. */
export function position({ 0: { index }, length }: Stop, t: Words): string {
  return length > 1
    ? `${t("tab.tokens")} ${index}–${index + length - 1}`
    : `${t("mode.token")} ${index}`;
}

function tint({ session }: Look, unit: Unit, token: Token): Record<string, string> {
  const keys = {
    position: token.index % HUES,
    token: token.id,
    word: token.word,
    role: unit.role,
  };
  const key = keys[session.colours];
  return key < 0 ? { "--tok-chroma": "0" } : { "--tok-hue": ((key * GOLDEN) % 360).toFixed() };
}

function leading(text: string, from: number, to: number): number {
  let k = from;
  while (k < to && text[k] === " ") k++;
  return k - from;
}
