import { short } from "../../shared/chart/numbers.ts";
import { h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { bar, facts, whenNew } from "../dom.ts";
import type { PanelWords } from "../panel-words.ts";

interface Embeddings {
  step: number;
  /** Of all rows: how far one moved, as a part of its length. */
  mean: number;
  tokens: { token: string; id: number; drift: number; count: number | null }[];
  histogram: { edges: number[]; counts: number[] };
  rows_moved: number;
  rows: number;
}

/** Beyond this a drift is a number, not a share. */
const SHARE = 10;

/** How far the embeddings of tokens are from where they began. */
export function embeddings(el: HTMLElement, t: PanelWords) {
  const share = (drift: number) =>
    drift > SHARE ? `${short(drift, t.language, 3)}×` : t.percent(drift, 1);

  function tokens(data: Embeddings): HTMLElement {
    const most = Math.max(...data.tokens.map(({ drift }) => drift), 1e-12);
    return h(
      "section",
      {},
      h("h3", {}, t("embeddings.tokens")),
      h(
        "ol",
        { class: "pan-tokens" },
        ...data.tokens.map(({ token, drift, count }) =>
          h(
            "li",
            { title: t("embeddings.token", { token: visible(token), drift: share(drift) }) },
            h("code", {}, outside(token)),
            bar(drift / most),
            h("span", { class: "pan-number" }, share(drift)),
            h(
              "span",
              { class: "tfw-muted pan-number" },
              count === null || count === undefined ? "" : t("embeddings.count", { n: count }),
            ),
          ),
        ),
      ),
    );
  }

  function histogram({ histogram: { edges, counts } }: Embeddings): HTMLElement {
    const most = Math.log1p(Math.max(...counts, 1));
    return h(
      "section",
      {},
      h("h3", {}, t("embeddings.histogram")),
      h(
        "ol",
        { class: "pan-histogram" },
        ...counts.map((n, k) => {
          const said = t("embeddings.bin", {
            from: share(edges[k] ?? 0),
            to: share(edges[k + 1] ?? 0),
            n,
          });
          const height = `${((100 * Math.log1p(n)) / most).toFixed(1)}%`;
          return h(
            "li",
            { title: said, "data-none": n === 0, style: { "--pan-height": height } },
            h("span", { class: "pan-heard" }, said),
          );
        }),
      ),
      h(
        "div",
        { class: "pan-ends tfw-muted", "aria-hidden": true },
        h("span", {}, share(edges[0] ?? 0)),
        h("span", {}, share(edges.at(-1) ?? 0)),
      ),
      h("p", { class: "tfw-muted" }, t("embeddings.log")),
    );
  }

  return whenNew<unknown>(el, (payload) => {
    const data = payload as Embeddings;
    const moved = data.rows > 0 ? data.rows_moved / data.rows : 0;
    return [
      h(
        "div",
        { class: "pan" },
        h("p", {}, t(data.rows_moved > 0 ? "embeddings.what" : "embeddings.still")),
        facts([
          [t("embeddings.mean"), share(data.mean)],
          [
            t("embeddings.moved"),
            `${t.percent(moved)} · ${t("embeddings.of", { n: data.rows_moved, rows: data.rows })}`,
          ],
        ]),
        data.rows_moved > 0 && h("div", { class: "pan-two" }, tokens(data), histogram(data)),
      ),
    ];
  });
}
