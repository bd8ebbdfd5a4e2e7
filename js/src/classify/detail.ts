import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { isAbort } from "../shared/protocol.ts";
import { outside } from "../shared/text.ts";
import { bar } from "./bar.ts";
import { labelTag } from "./label.ts";
import type { ScoredRow } from "./model.ts";
import { labelTags } from "./row-parts.ts";
import { floats } from "./scores.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** Classes listed before one asks for all. */
const LISTED = 50;

interface DetailOptions {
  session: Session;
  t: Words;
  onClose(): void;
}

/** One text whole, with all its scores. */
export function detail({ session, t, onClose }: DetailOptions) {
  const title = h("h3", { class: "tfw-title" });
  const labels = h("div", { class: "tfw-labels" });
  const close = h(
    "button",
    {
      type: "button",
      class: "tfw-button tfw-close",
      "aria-label": t("close"),
      title: t("close"),
      onclick: onClose,
    },
    "×",
  );
  const text = h("div", {
    class: "tfw-whole",
    tabindex: 0,
    role: "group",
    "aria-label": t("detail.text"),
  });
  const more = h("div");
  const element = h(
    "section",
    { class: "tfw-detail", hidden: true },
    h("div", { class: "tfw-detail-head" }, title, labels, close),
    text,
    more,
  );
  let asking: AbortController | undefined;

  function showText(content: string, clipped: boolean, row: ScoredRow): void {
    if (row.missing) fill(text, h("span", { class: "tfw-muted" }, t("row.missing")));
    else {
      fill(text, outside(content), clipped && h("p", { class: "tfw-muted" }, t("detail.clipped")));
    }
  }

  function showScores(scores: Float32Array, predicted: number[]): void {
    const order = [...scores.keys()].filter((k) => !Number.isNaN(scores[k]));
    order.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    const item = (label: number) => {
      const score = scores[label] as number;
      return h(
        "li",
        { class: "tfw-class", "data-predicted": predicted.includes(label) },
        labelTag(session.labels[label] ?? String(label), label),
        bar(label, score),
        h("span", { class: "tfw-number" }, t.percent(score, 1)),
      );
    };
    const list = h(
      "ol",
      { class: "tfw-classes", tabindex: -1, "aria-label": t("detail.scores") },
      ...order.slice(0, LISTED).map(item),
    );
    const rest = order.slice(LISTED);
    const all = h(
      "button",
      {
        type: "button",
        class: "tfw-button",
        onclick: () => {
          list.append(...rest.map(item));
          all.remove();
          list.focus();
        },
      },
      t("detail.show-all", { n: order.length }),
    );
    fill(more, order.length > 0 && list, rest.length > 0 && all);
  }

  async function load(row: ScoredRow): Promise<void> {
    asking?.abort();
    asking = new AbortController();
    try {
      const { payload, buffers } = await session.detail(row.index, asking.signal);
      showText(payload.text, payload.clipped, row);
      showScores(floats(buffers[0]), payload.predicted);
    } catch (error) {
      if (!isAbort(error))
        fill(
          more,
          alert(error, t, () => load(row)),
        );
    }
  }

  return {
    element,
    open(row: ScoredRow): void {
      const name = t("detail.title", { n: row.index + 1 });
      const opening = element.hidden;
      element.setAttribute("aria-label", name);
      title.textContent = name;
      element.hidden = false;
      fill(labels, ...labelTags({ session, t }, row));
      fill(more);
      // What the table knows already stands here until the whole text comes.
      showText(row.clipped ? `${row.text}…` : row.text, false, row);
      text.scrollTop = 0;
      load(row).then(() => {
        // Below the table it may have opened out of sight.
        if (opening && !element.hidden) element.scrollIntoView({ block: "nearest" });
      });
    },
    focus: () => close.focus(),
    close(): void {
      asking?.abort();
      element.hidden = true;
    },
    dispose: () => asking?.abort(),
  };
}
