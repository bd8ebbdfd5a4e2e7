import type { PartWords } from "../part-words.ts";

const SPECIAL = 1;
const ADDED = 2;
const PADDING = 4;
export const IGNORED = 8;
const UNKNOWN = 16;
export const SECOND = 32;
const DISAGREES = 64;

/** What stands in one place of the batch. */
export interface Cell {
  id: number;
  flags: number;
}

/** The cells of a page: four bytes each, the id below and the flags in the highest byte. */
export function decode(buffer: DataView | undefined): Cell[] {
  return Array.from({ length: (buffer?.byteLength ?? 0) >> 2 }, (_, k) => {
    const cell = buffer?.getUint32(k * 4, true) ?? 0;
    return { id: cell & 0xffffff, flags: cell >>> 24 };
  });
}

/** Classes for what can be seen of a cell. */
export function looks(flags: number): string {
  const outlined = flags & (SPECIAL | ADDED) && !(flags & PADDING);
  return [
    "tok-b-cell",
    flags & PADDING && "tok-b-padding",
    flags & IGNORED && "tok-b-ignored",
    outlined && "tok-b-outlined",
    flags & UNKNOWN && "tok-b-unknown",
    flags & SECOND && "tok-b-second",
    flags & DISAGREES && "tok-b-disagrees",
  ]
    .filter(Boolean)
    .join(" ");
}

/** The same in words. */
export function inWords(flags: number, t: PartWords): string[] {
  return [
    flags & PADDING
      ? t("cell.padding")
      : flags & SPECIAL
        ? t("kind.special")
        : flags & ADDED && t("kind.added"),
    flags & UNKNOWN && t("cell.unknown"),
    flags & DISAGREES && `⚠ ${t("cell.disagrees")}`,
  ].filter((words) => typeof words === "string");
}
