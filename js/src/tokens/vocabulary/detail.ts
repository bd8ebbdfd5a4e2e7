import { type Child, fill, h } from "../../shared/dom.ts";
import { div, muted } from "../elements.ts";
import type { EntryPayload } from "../model.ts";
import type { PartContext } from "../panel.ts";
import { question } from "../question.ts";
import { bdi, bit } from "../stages/chips.ts";

export interface EntryMemory {
  entry: EntryPayload | undefined;
}

/** All about one entry; in a place of one height, whatever it shows. */
export function detail(
  context: PartContext,
  memory: EntryMemory,
  goTo: (id: number, by: number) => void,
) {
  const { t } = context;
  const element = h("section", { class: "tok-v-entry", "aria-live": "polite" });
  const asked = question<EntryPayload>(context, "entry", element, draw);

  function draw(entry: EntryPayload): void {
    memory.entry = entry;
    const { id, piece, decoded, kind, bytes, occurrences, count, neighbours } = entry;
    const among = element.contains(document.activeElement);
    const self = neighbours.findIndex((neighbour) => neighbour.id === id);
    const places = occurrences.join(", ") + (count > occurrences.length ? ", …" : "");
    const fact = (term: string, ...value: Child[]) => [h("dt", {}, term), h("dd", {}, ...value)];
    const near = neighbours.map((neighbour, k) =>
      h(
        "button",
        {
          type: "button",
          "aria-current": k === self || null,
          onclick: () => goTo(neighbour.id, k - self),
        },
        muted(String(neighbour.id)),
        bdi(neighbour.piece),
      ),
    );
    fill(
      element,
      bit(piece),
      h(
        "dl",
        {},
        ...fact(t("id"), String(id)),
        ...fact(t("vocabulary.kind"), t(`kind.${kind}`)),
        ...fact(t("vocabulary.decoded"), bit(decoded)),
        ...fact(t("vocabulary.bytes"), h("code", {}, bytes || "–")),
        ...fact(
          t("vocabulary.here"),
          count > 0 ? `${t("vocabulary.count", { n: count })}: ${places}` : t("vocabulary.never"),
        ),
      ),
      muted(t("vocabulary.neighbours")),
      div("v-near", ...near),
    );
    if (among) near[self]?.focus({ preventScroll: true });
  }

  if (memory.entry) draw(memory.entry);
  else fill(element, muted(t("vocabulary.pick")));
  return { element, open: (entry: number) => asked.ask({ entry }), dispose: asked.drop };
}
