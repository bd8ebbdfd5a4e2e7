import { type Child, fill, h } from "../shared/dom.ts";

/** A few values with their names. */
export function facts(pairs: ([name: string, value: Child, tip?: string] | false)[]): HTMLElement {
  return h(
    "dl",
    { class: "pan-facts" },
    ...pairs.map(
      (pair) =>
        pair && h("div", { title: pair[2] ?? null }, h("dt", {}, pair[0]), h("dd", {}, pair[1])),
    ),
  );
}

/** A part of a whole as a length. */
export function bar(share: number): HTMLElement {
  const percent = Math.max(0, Math.min(1, share)) * 100;
  return h("div", {
    class: "pan-bar",
    style: { "--pan-length": `${percent.toFixed(1)}%` },
    "aria-hidden": true,
  });
}

/** A table that scrolls by itself. */
export function scrolling(label: string, table: HTMLElement): HTMLElement {
  return h(
    "div",
    { class: "tfw-scroll pan-scroll", tabindex: 0, role: "group", "aria-label": label },
    table,
  );
}

/** Draws `data` into `element` when it is another one than before. */
export function whenNew<Data>(element: HTMLElement, draw: (data: Data) => Child[]) {
  let drawn: Data | undefined;
  return (data: Data | null | undefined): void => {
    if (!data || data === drawn) return;
    drawn = data;
    fill(element, ...draw(data));
  };
}
