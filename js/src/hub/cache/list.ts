import { fill, h } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { ago, day, size } from "../format.ts";
import { type Repo, whole } from "./model.ts";
import { type Words, why } from "./words.ts";

/** Rows drawn at once: more are drawn when somebody scrolls down to them. */
const STEP = 200;

interface ListOptions {
  t: Words;
  chosen: Set<string>;
  onChoose(): void;
}

/** The cached models, each with what it takes, to be ticked. */
export function repoList({ t, chosen, onChoose }: ListOptions) {
  const { language } = t;
  const body = h("tbody");
  const all = h("input", {
    type: "checkbox",
    "aria-label": t("choose.all"),
    onchange: () => {
      for (const { key, kept } of repos) if (!kept && all.checked) chosen.add(key);
      if (!all.checked) chosen.clear();
      mark();
      onChoose();
    },
  });
  const element = h(
    "div",
    {
      class: "tfw-scroll hubc-scroll",
      tabindex: 0,
      role: "group",
      "aria-label": t("name"),
      onscroll: () => {
        if (element.scrollTop + element.clientHeight > element.scrollHeight - 400) draw();
      },
    },
    h(
      "table",
      { class: "tfw-plain tfw-plain-facts hubc-table" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, all),
          ...(["name", "size", "used"] as const).map((key) => h("th", { scope: "col" }, t(key))),
        ),
      ),
      body,
    ),
  );
  let repos: Repo[] = [];
  let drawn = 0;

  function draw(): void {
    const next = repos.slice(drawn, drawn + STEP);
    drawn += next.length;
    body.append(...next.map(row));
  }

  function row(repo: Repo): HTMLElement {
    const box = h("input", {
      type: "checkbox",
      "data-key": repo.key,
      disabled: repo.kept !== null,
      "aria-label": t("choose", { name: visible(repo.id) }),
      onchange: () => {
        if (box.checked) chosen.add(repo.key);
        else chosen.delete(repo.key);
        mark();
        onChoose();
      },
    });
    box.checked = chosen.has(repo.key);
    const asides = [
      repo.kept && why(repo.kept, t),
      repo.incomplete > 0 && t("incomplete", { size: size(repo.incomplete, language) }),
      repo.revisions > 1 && t("revisions", { n: repo.revisions }),
    ].filter(Boolean);
    return h(
      "tr",
      {},
      h("td", {}, box),
      h(
        "th",
        { scope: "row" },
        outside(repo.id),
        asides.length > 0 && h("div", { class: "tfw-muted hubc-small" }, asides.join(" · ")),
      ),
      h("td", {}, size(whole(repo), language)),
      h("td", { title: day(repo.used, language) }, ago(repo.used, language)),
    );
  }

  function mark(): void {
    for (const box of body.querySelectorAll<HTMLInputElement>("input"))
      box.checked = chosen.has(box.dataset.key ?? "");
    const free = repos.filter(({ kept }) => !kept).length;
    all.checked = free > 0 && chosen.size === free;
    all.indeterminate = chosen.size > 0 && chosen.size < free;
  }

  return {
    element,
    mark,
    update(now: Repo[]): void {
      repos = now;
      drawn = 0;
      fill(body);
      element.scrollTop = 0;
      draw();
      mark();
    },
  };
}
