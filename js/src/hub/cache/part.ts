import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import { outside, visible } from "../../shared/text.ts";
import { size } from "../format.ts";
import type { Host, Opened } from "../late.ts";
import { repoList } from "./list.ts";
import {
  type CachePayload,
  type Freed,
  type Repo,
  SORTS,
  type Sort,
  sorted,
  whole,
  without,
} from "./model.ts";
import { question } from "./question.ts";
import { cacheTranslator, type Words, why } from "./words.ts";
import "../../shared/plain-table.css";
import "./cache.css";

/** What the hub's cache holds, and the way to make room. */
export default function (host: Host): Opened {
  const { channel } = host;
  const t = cacheTranslator(host.language);
  const chosen = new Set<string>();
  const list = repoList({ t, chosen, onChoose: () => tell() });
  const head = h("div", { class: "hubc-head" });
  const outcome = h("div", { role: "status", class: "hubc-outcome" });
  const sort = h(
    "select",
    {
      class: "tfw-input",
      "aria-label": t("sort"),
      onchange: () => list.update(sorted(cache?.repos ?? [], sort.value as Sort)),
    },
    ...SORTS.map((by) => h("option", { value: by }, t(`sort.${by}`))),
  );
  const remove = button(t("delete"), () => asked.ask(picked(), false));
  const tidy = button(t("tidy"), () => asked.ask(unfinished(), true));
  const counted = h("span", { class: "tfw-muted", role: "status" });
  const asked = question({ t, act, onCancel: () => remove.focus() });
  const bar = h(
    "div",
    { class: "hubc-bar" },
    h("label", { class: "hubc-sort" }, h("span", { class: "tfw-muted" }, t("sort")), sort),
    counted,
  );
  const body = h(
    "div",
    { class: "hubc-body", hidden: true },
    bar,
    h("div", { class: "hubc-bar" }, remove, tidy),
    asked.element,
    list.element,
  );
  const element = h("div", { class: "hubc", tabindex: -1 }, head, outcome, body);
  let cache: CachePayload | undefined;
  let loading: AbortController | undefined;
  let deleting = false;

  function button(text: string, onclick: () => void): HTMLButtonElement {
    return h("button", { type: "button", class: "tfw-button", onclick: host.guard(onclick) }, text);
  }

  const picked = (): Repo[] => (cache?.repos ?? []).filter(({ key }) => chosen.has(key));
  const unfinished = (): Repo[] =>
    (cache?.repos ?? []).filter(({ incomplete, kept }) => incomplete > 0 && kept !== "downloading");

  function tell(): void {
    asked.hide();
    const repos = picked();
    const bytes = repos.reduce((sum, repo) => sum + whole(repo), 0);
    remove.disabled = repos.length === 0;
    tidy.hidden = unfinished().length === 0;
    counted.textContent =
      repos.length > 0 ? t("chosen", { n: repos.length, size: size(bytes, t.language) }) : "";
  }

  function draw(now: CachePayload): void {
    const held = element.contains(document.activeElement);
    const asking = asked.element.contains(document.activeElement);
    cache = now;
    const { language } = t;
    const facts = [
      t("total", { n: now.repos.length, size: size(now.size, language) }),
      now.incomplete > 0 && t("incomplete.total", { size: size(now.incomplete, language) }),
      now.free !== null && t("free", { size: size(now.free, language) }),
    ].filter(Boolean);
    fill(
      head,
      h("p", {}, ...intro(now.folder, t)),
      h("p", { class: "tfw-muted" }, now.repos.length > 0 ? facts.join(" · ") : t("empty")),
    );
    for (const key of chosen)
      if (!now.repos.some((repo) => repo.key === key && !repo.kept)) chosen.delete(key);
    body.hidden = now.repos.length === 0;
    list.update(sorted(now.repos, sort.value as Sort));
    tell();
    // What had the focus may be gone.
    if ((asking && asked.element.hidden) || (held && !element.contains(document.activeElement)))
      focus();
  }

  const focus = () => (body.hidden ? element : list.element).focus({ preventScroll: true });

  async function load(): Promise<void> {
    loading?.abort();
    const mine = new AbortController();
    loading = mine;
    element.setAttribute("aria-busy", "true");
    if (!cache) fill(head, h("p", { class: "tfw-muted" }, t("loading")));
    try {
      const { payload } = await channel.request<CachePayload>(
        "cache",
        {},
        { signal: mine.signal, later: true },
      );
      host.guard(() => draw(payload))();
    } catch (error) {
      if (isAbort(error)) return;
      fill(
        head,
        alert(error, t, () => void load()),
      );
    } finally {
      if (loading === mine) element.removeAttribute("aria-busy");
    }
  }

  async function act(repos: Repo[], incomplete: boolean): Promise<void> {
    const keys = repos.map(({ key }) => key);
    // Not bound to the view: what was confirmed is done, whoever looks.
    deleting = true;
    const { payload } = await channel
      .request<Freed>("delete", { keys, incomplete }, { later: true })
      .finally(() => {
        deleting = false;
      });
    chosen.clear();
    // What is gone is no longer in the list, even where that cannot be had anew.
    if (cache) draw(without(cache, payload.deleted, incomplete));
    const stayed = payload.kept.map(([id, reason]) => `${visible(id)} (${why(reason, t)})`);
    fill(
      outcome,
      payload.deleted.length > 0 &&
        h("p", {}, t("freed", { size: size(payload.freed, t.language) })),
      stayed.length > 0 &&
        h("p", { class: "tfw-alert" }, t("stayed", { names: stayed.join(", ") })),
    );
    await load();
    focus();
  }

  // Models came to the cache or went from it, by this view or elsewhere.
  const deaf = channel.subscribe("changed", () => {
    if (!deleting) void load();
  });
  void load();
  return {
    element,
    layout(width): void {
      element.toggleAttribute("data-narrow", width < 420);
    },
    dispose(): void {
      deaf();
      loading?.abort();
    },
  };
}

/** The sentence with the folder in it, which keeps its writing direction to itself. */
function intro(folder: string, t: Words): (string | HTMLElement)[] {
  const [before = "", after = ""] = t("intro", { folder: "\0" }).split("\0");
  return [before, h("code", { class: "hubc-folder" }, outside(folder)), after];
}
