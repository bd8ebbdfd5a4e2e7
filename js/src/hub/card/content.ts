import { h } from "../../shared/dom.ts";
import { imageAddress, imageHost, linkAddress, type Places, slug } from "./addresses.ts";
import { clean } from "./clean.ts";
import { toHtml } from "./markdown.ts";

/** An image that is not loaded before somebody asks for it. */
interface Waiting {
  stand: HTMLElement;
  address: string;
  alt: string;
  width: string | null;
}

export interface Content {
  element: HTMLElement;
  /** How many images are not loaded yet. */
  images: number;
  /** Where those come from, each named once. */
  hosts: string[];
  showImages(): void;
}

/** Headings of a card stand below the model's name, which is a heading of the third level. */
const TOP = 4;
const LAST = 6;

/** A card as elements of the page. */
export function content(text: string, places: Places, words: { image: string }): Content {
  // The document of the cleaned elements loads nothing: what is on the page is changed in it.
  const fragment = clean(toHtml(text));
  const headings = new Map<string, HTMLElement>();
  for (const heading of all(fragment, "h1, h2, h3, h4, h5, h6")) demote(heading, headings);
  const waiting = all(fragment, "img").flatMap((image) => putAside(image, places, words.image));
  for (const link of all(fragment, "a")) direct(link, places);
  for (const cell of all(fragment, "[colspan], [rowspan]")) narrow(cell);
  for (const table of all(fragment, "table")) {
    const box = h("div", { class: "hubd-card-table", tabindex: 0, role: "group" });
    table.replaceWith(box);
    box.append(table);
  }
  const element = h(
    "div",
    {
      class: "hubd-card",
      onclick: (event: MouseEvent) => {
        const link = event.target instanceof Element ? event.target.closest("a") : null;
        const goal = link?.getAttribute("href");
        if (!goal?.startsWith("#")) return;
        // The address of the notebook stays as it is.
        event.preventDefault();
        headings.get(decoded(goal.slice(1)))?.scrollIntoView({ block: "nearest" });
      },
    },
    fragment,
  );
  // Of an empty element each child that comes would have the browser look through all of them.
  element.dir = "auto";
  return {
    element,
    images: waiting.length,
    hosts: [...new Set(waiting.flatMap(({ address }) => imageHost(address) ?? []))],
    showImages(): void {
      for (const { stand, address, alt, width } of waiting.splice(0)) {
        const image = h("img", { alt, loading: "lazy", referrerpolicy: "no-referrer", width });
        image.addEventListener("error", () => image.replaceWith(stand), { once: true });
        image.src = address;
        stand.replaceWith(image);
      }
    },
  };
}

function all(root: ParentNode, selector: string): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(selector)];
}

function demote(heading: HTMLElement, headings: Map<string, HTMLElement>): void {
  const level = Number(heading.localName.slice(1));
  const lower = h(`h${Math.min(LAST, level + TOP - 1)}` as "h6", {
    class: `hubd-card-h${Math.min(level, TOP)}`,
  });
  lower.append(...heading.childNodes);
  heading.replaceWith(lower);
  const name = slug(lower.textContent ?? "");
  if (!headings.has(name)) headings.set(name, lower);
}

/** Columns and rows that a cell may span: tables of thousands take seconds to lay out. */
const SPAN = 100;

function narrow(cell: HTMLElement): void {
  for (const name of ["colspan", "rowspan"])
    if (Number(cell.getAttribute(name)) > SPAN) cell.setAttribute(name, String(SPAN));
}

/** Puts what an image says in its place, and tells what would be shown there. */
function putAside(image: HTMLElement, places: Places, word: string): Waiting[] {
  const address = imageAddress(image.getAttribute("src") ?? "", places);
  const alt = image.getAttribute("alt") ?? "";
  const width = image.getAttribute("width");
  const stand = h("span", { class: "hubd-card-image" }, alt.trim() || word);
  image.replaceWith(stand);
  return address
    ? [{ stand, address, alt, width: width && /^\d{1,4}%?$/.test(width) ? width : null }]
    : [];
}

function direct(link: HTMLElement, places: Places): void {
  const href = link.getAttribute("href");
  if (href?.startsWith("#")) return;
  const address = href && linkAddress(href, places);
  if (!address) {
    link.replaceWith(...link.childNodes);
    return;
  }
  link.setAttribute("href", address);
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer nofollow");
  // What a link says and where it leads are two things.
  link.setAttribute("title", address);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name;
  }
}
