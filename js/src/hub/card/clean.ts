import createPurifier from "dompurify";

/**
 * What a card may consist of: text, and how it is laid out. Nothing that acts, loads or is named,
 * and no `ruby`: laying out one in another, and so on, takes a browser minutes.
 */
const TAGS = [
  ...["a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col"],
  ...["colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure"],
  ...["h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p"],
  ...["pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "summary", "sup"],
  ...["table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr"],
];

/** Neither `style` nor `class`, `id` or `name`: a card stays in its place. */
const ATTRIBUTES = [
  ...["align", "alt", "colspan", "dir", "height", "href", "lang", "open", "rowspan", "src"],
  ...["start", "title", "width"],
];

/** Elements of a card: a page of text has some hundreds. */
const MOST = 30_000;
/** Characters that are parsed before it is looked what came of them. */
const CHUNK = 100;

/**
 * The elements of some HTML from outside that are safe to show, in a document that loads nothing.
 *
 * Images still have their addresses, so that they must not come onto the page as they are.
 */
export function clean(html: string): DocumentFragment {
  // An instance of its own: what others on the page set for theirs does not hold here.
  const purifier = createPurifier(window);
  // Where it cannot work it returns what it got.
  if (!purifier.isSupported) throw new Error("This browser cannot make HTML safe.");
  measure(html, document.implementation.createHTMLDocument());
  return purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_ARIA_ATTR: false,
    ALLOW_DATA_ATTR: false,
    SANITIZE_NAMED_PROPS: true,
    RETURN_DOM_FRAGMENT: true,
  });
}

/**
 * Throws where some HTML stands for too many elements.
 *
 * A little of it can stand for millions: tags of emphasis that are never closed come again in
 * each paragraph. Only a parser knows, so that one is given the text bit by bit, in a document
 * without a page, where nothing runs or loads.
 */
function measure(html: string, scratch: Document): void {
  const found = scratch.getElementsByTagName("*");
  for (let start = 0; start < html.length; start += CHUNK) {
    scratch.write(html.slice(start, start + CHUNK));
    if (found.length > MOST) throw new Error("The card has too many parts to be laid out.");
  }
}
