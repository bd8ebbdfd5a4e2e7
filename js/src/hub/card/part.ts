import { fill, h } from "../../shared/dom.ts";
import type { Translator } from "../../shared/i18n.ts";
import type { Message } from "../../shared/notes.ts";
import { visible } from "../../shared/text.ts";
import type { Places } from "./addresses.ts";
import { content } from "./content.ts";
import "./card.css";

/** A card as the kernel sends it. */
export interface CardPayload extends Places {
  text: string;
  /** That its end is left out: the kernel's limit was reached. */
  truncated: boolean;
  origin: "files" | "hub";
  notes: Message[];
}

type Key =
  | "card.all"
  | "card.image"
  | "card.images"
  | "card.hosts"
  | "files.more"
  | "card.truncated"
  | "card.plain"
  | "card.empty";

export interface CardContext {
  card: CardPayload;
  t: Translator<Key>;
}

/** Characters that are laid out at once: more is a matter of the reader's patience. */
const AT_ONCE = 60_000;

/** Hosts that are named; the others are counted. */
const NAMED = 5;

/** A model's card below each other: what there is to say of it, and its text. */
export default function ({ card, t }: CardContext): HTMLElement {
  const bar = h("div", { class: "hubd-bar" });
  const body = h("div");
  const below = h("div", { class: "hubd-bar" });
  const element = h("div", { class: "hubd-card-place" }, bar, body, below);

  function draw(text: string, rest: number, images: boolean): void {
    let shown: ReturnType<typeof content>;
    try {
      shown = content(text, card, { image: t("card.image") });
    } catch (error) {
      console.error(error);
      // Its authors' words matter more than how they are laid out.
      fill(
        body,
        h("p", { class: "tfw-muted" }, t("card.plain")),
        h("pre", { class: "hubd-card-plain" }, visible(text)),
      );
      return;
    }
    const show = h(
      "button",
      {
        type: "button",
        class: "tfw-button",
        onclick: () => {
          images = true;
          shown.showImages();
          fill(bar);
        },
      },
      t("card.images", { n: shown.images }),
    );
    if (images) shown.showImages();
    const offered = !images && shown.images > 0;
    fill(bar, offered && show, offered && hosts(shown.hosts));
    fill(body, shown.element);
    fill(
      below,
      rest > 0 &&
        h(
          "button",
          { type: "button", class: "tfw-button", onclick: () => draw(card.text, 0, images) },
          t("card.all", { n: Math.ceil(rest / 1000) }),
        ),
      rest === 0 && card.truncated && h("p", { class: "tfw-muted" }, t("card.truncated")),
    );
  }

  /** Whom the images let know that the card is read. */
  function hosts(names: string[]): HTMLElement | false {
    if (names.length === 0) return false;
    const more = names.length - NAMED;
    const others = more > 0 ? ` ${t("files.more", { n: more })}` : "";
    const named = visible(names.slice(0, NAMED).join(", ")) + others;
    return h("span", { class: "tfw-muted hubd-small" }, t("card.hosts", { hosts: named }));
  }

  if (!card.text.trim()) fill(body, h("p", { class: "tfw-muted" }, t("card.empty")));
  else if (card.text.length <= AT_ONCE) draw(card.text, 0, false);
  else {
    const end = Math.max(card.text.lastIndexOf("\n\n", AT_ONCE), AT_ONCE / 2);
    draw(card.text.slice(0, end), card.text.length - end, false);
  }
  return element;
}
