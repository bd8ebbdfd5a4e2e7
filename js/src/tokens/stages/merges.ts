import { fill, h, set } from "../../shared/dom.ts";
import { div, muted } from "../elements.ts";
import type { Derivation, Merge } from "../model.ts";
import type { PartWords } from "../part-words.ts";
import { bdi, bit } from "./chips.ts";
import { lines } from "./lines.ts";

type Bpe = Extract<Derivation, { algorithm: "BPE" }>;

/** A symbol, or what a merge made of two boxes above it. */
export interface Box {
  text: string;
  /** The symbols that it spans. */
  from: number;
  to: number;
  /** Its line, and that of the box which takes it up. */
  level: number;
  until: number;
  /** The merge that made it, from 1; 0 for a symbol. */
  step: number;
}

/** The merges as boxes that grow from line to line. */
export function boxes(symbols: string[], merges: Merge[]): Box[] {
  const all: Box[] = symbols.map((text, k) => {
    return { text, from: k, to: k + 1, level: 1, until: 2, step: 0 };
  });
  const line = [...all];
  merges.forEach(({ left, right, parts }, k) => {
    // The same pair may stand in several places: the parts after the merge tell which it was.
    const at = line.findIndex(
      ({ text }, i) =>
        text === left &&
        line[i + 1]?.text === right &&
        parts.every((part, j) => j === i || part === line[j < i ? j : j + 1]?.text),
    );
    const [a, b] = [line[at], line[at + 1]];
    if (!a || !b) return;
    const level = Math.max(a.level, b.level) + 1;
    a.until = level;
    b.until = level;
    const text = parts[at] ?? left + right;
    const box = { text, from: a.from, to: b.to, level, until: level + 1, step: k + 1 };
    line.splice(at, 2, box);
    all.push(box);
  });
  return all;
}

/** Byte-pair encoding of one word: merge by merge, as boxes and as a list. */
export function mergesView({ symbols, merges }: Bpe, memory: { step: number }, t: PartWords) {
  const last = merges.length;
  const drawn = boxes(symbols, merges);
  const tree = drawn.map(({ text, from, to, level, until, step }) => {
    const element = bit(text, step ? t.number(merges[step - 1]?.rank ?? 0) : undefined);
    element.style.gridArea = `${level} / ${from + 1} / ${until} / ${to + 1}`;
    return element;
  });
  const list = lines(
    [t("word.rank"), t("word.merge"), ""],
    merges.map(({ rank, left, right }, k) => {
      const made = drawn.find(({ step }) => step === k + 1)?.text ?? "";
      return [[t.number(rank)], [bdi(left), muted(" + "), bdi(right)], [muted("→ "), bdi(made)]];
    }),
  );
  const slider = h("input", {
    type: "range",
    max: last,
    "aria-label": t("word.step"),
    oninput: () => go(Number(slider.value)),
  });
  const said = muted();
  const parts = div("bits");

  function go(now: number): void {
    memory.step = now;
    slider.value = String(now);
    const shown = merges[now - 1]?.parts ?? symbols;
    said.textContent = now ? t("word.after", { k: now, n: last }) : t("word.symbols");
    set(slider, "aria-valuetext", `${said.textContent}: ${shown.join(" ")}`);
    fill(parts, ...shown.map((part) => bit(part)));
    drawn.forEach(({ step }, k) => {
      const state = step > now ? "later" : step === now && step > 0 ? "now" : null;
      set(tree[k] as HTMLElement, "data-step", state);
    });
    [...list.rows].forEach((row, k) => {
      set(row, "aria-current", k === now && k > 0 ? "step" : null);
    });
  }

  go(Math.min(memory.step, last));
  return [div("stepper", slider, said, parts), div("derived", div("tree", ...tree), list)];
}
