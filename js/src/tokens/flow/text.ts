import type { Core } from "./core.ts";
import { covers, type Spot, selected } from "./spots.ts";

/** Marks the text of the tokens that are selected, so that it can be copied. */
export function markText({ state, spots, options }: Core): void {
  const where = selected(state);
  const chosen = options().filter((each) => covers(where, (spots.get(each) as Spot).stop[0]));
  const [first] = chosen;
  const last = chosen.at(-1);
  if (!first || !last) return;
  const range = document.createRange();
  range.setStart(holder(first), 0);
  range.setEnd(holder(last), holder(last).childNodes.length);
  const selection = document.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/** Selects the tokens that the document's selection touches. */
export function takeText({ body, state, spots, options, select }: Core): void {
  const selection = document.getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(body)) return;
  const touched = options().filter((each) => touches(range, holder(each)));
  const [from, to] = [touched[0], touched.at(-1)].map((each) => each && spots.get(each));
  if (!from || !to) return;
  const now = selected(state);
  if (now?.from.stop !== from.stop || now.to.stop !== to.stop) select(from, to);
}

/** What is copied from several tokens is the text: no names of special tokens, no labels. */
export function copyText(clipboardData: DataTransfer | null): boolean {
  const selection = document.getSelection();
  if (!clipboardData || !selection?.rangeCount) return false;
  const part = selection.getRangeAt(0).cloneContents();
  for (const each of part.querySelectorAll(".tok-bare, .tok-tag, .tok-head")) each.remove();
  if (!part.textContent) return false;
  clipboardData.setData("text/plain", part.textContent);
  return true;
}

/** What holds the text of a token: itself, or the group that it shares its text with. */
function holder(option: HTMLElement): Element {
  return option.closest(".tok-group") ?? option;
}

/** Whether a range has a character of an element. */
function touches(range: Range, element: Element): boolean {
  if (!range.intersectsNode(element)) return false;
  const part = document.createRange();
  part.selectNodeContents(element);
  const { startContainer, endContainer } = range;
  if (element.contains(startContainer)) part.setStart(startContainer, range.startOffset);
  if (element.contains(endContainer)) part.setEnd(endContainer, range.endOffset);
  return part.toString() !== "";
}
