import type { PartWords } from "../part-words.ts";

const SPECIAL = 1;
const ADDED = 2;
const PADDING = 4;
export const IGNORED = 8;
const UNKNOWN = 16;
const SECOND = 32;
const DISAGREES = 64;

/** What stands in one place of the batch. */
export interface Cell {
  id: number;
  flags: number;
  /** Type id: which text of a pair it belongs to. */
  type: number;
}

/** The cells of a page: four bytes each, the id below and the flags in the highest byte. */
export function decode(buffer: DataView | undefined, types: Record<number, number> = {}): Cell[] {
  return Array.from({ length: (buffer?.byteLength ?? 0) >> 2 }, (_, k) => {
    const cell = buffer?.getUint32(k * 4, true) ?? 0;
    const flags = cell >>> 24;
    return { id: cell & 0xffffff, flags, type: types[k] ?? (flags & SECOND ? 1 : 0) };
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
