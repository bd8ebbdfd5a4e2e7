import MarkdownIt from "markdown-it";

const NESTED = 40;
/** Parts that a text may have: rows of tables are filled up, so that a little makes millions. */
const MOST = 100_000;

/** Markdown, with the HTML that it may hold, as HTML that is not safe yet. */
export function toHtml(text: string): string {
  // Of Markdown's implementations one that takes linear time for whatever text, and nests no
  // deeper than it is told.
  const markdown = new MarkdownIt({ html: true, linkify: true, maxNesting: NESTED });
  // Whole addresses alone: "train.py" is none.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  markdown.block.ruler.before("table", "limit", ({ tokens }) => {
    if (tokens.length > MOST) throw new Error("The card has too many parts to be laid out.");
    return false;
  });
  return markdown.render(text);
}
