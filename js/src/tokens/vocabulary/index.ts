import { fill, h, set } from "../../shared/dom.ts";
import { rest } from "../../shared/rest.ts";
import { visible } from "../../shared/text.ts";
import { type ListRow, VirtualList } from "../../shared/virtual-list.ts";
import { div, select } from "../elements.ts";
import type { Entry, SearchMode, VocabularyPayload, VocabularyQuery } from "../model.ts";
import type { Panel, PartContext } from "../panel.ts";
import { bdi } from "../stages/chips.ts";
import { table } from "../table.ts";
import { detail, type EntryMemory } from "./detail.ts";
import "../panels.css";
import "./vocabulary.css";

/** Height of a row (px), as in vocabulary.css. */
const ROW = 28;

interface Own extends EntryMemory {
  query: VocabularyQuery;
  /** The chosen entry. */
  id: number | undefined;
  /** The row of the wanted id. */
  at: number | null;
}

/** The tokenizer's vocabulary: searched, listed, and one entry of it in detail. */
export function vocabularyPanel(context: PartContext): Panel {
  const { t, guard, channel } = context;
  const own: Own = {
    query: { query: "", mode: "contains" },
    id: undefined,
    entry: undefined,
    at: null,
  };
  const session = table<VocabularyQuery, Entry, Own>(
    context,
    "vocabulary",
    own,
    async (query, start, stop, signal) => {
      const params = { ...query, start, stop };
      const { payload } = await channel.request<VocabularyPayload>("vocabulary", params, {
        signal,
      });
      memory.at = payload.at;
      return payload;
    },
    update,
  );
  const { memory, pages } = session;
  const entry = detail(context, memory, goTo);
  const asking = rest(() => {
    const query = { query: field.value, mode: mode.value as SearchMode };
    const { query: before } = memory;
    if (query.query === before.query && query.mode === before.mode) return;
    memory.query = query;
    session.ask();
  });
  const field = h("input", {
    type: "search",
    class: "tfw-input",
    placeholder: t("vocabulary.search"),
    "aria-label": t("vocabulary.search"),
    oninput: asking.later,
    onkeydown: ({ key }: KeyboardEvent) => key === "Enter" && asking.now(),
  });
  const mode = select<SearchMode>(
    t("vocabulary.mode"),
    {
      contains: t("vocabulary.contains"),
      prefix: t("vocabulary.prefix"),
      id: t("vocabulary.by-id"),
    },
    asking.now,
  );
  const count = h("span", { class: "tfw-muted", role: "status" });
  const nothing = div("v-nothing");
  const row = (role: string, cells: (Node | string)[]) =>
    h(
      "div",
      { class: "tok-v-row", role: "row" },
      ...cells.map((cell) => h("span", { role }, cell)),
    );
  const body = h("div", { class: "tok-rows", role: "rowgroup" });
  const heads = [t("id"), t("vocabulary.piece"), t("vocabulary.decoded"), t("vocabulary.kind")];
  const scroller = h(
    "div",
    { class: "tok-v-list", role: "grid", tabindex: 0, "aria-label": t("vocabulary.label") },
    h("div", { class: "tok-top", role: "rowgroup" }, row("columnheader", heads)),
    body,
  );
  const list = new VirtualList({
    scroller,
    body,
    create,
    onRange: (first, last) => pages.want(first, last),
    onOpen: guard((index: number) => {
      const found = pages.get(index);
      if (found) open(found.id);
    }),
  });

  /** The row to open when it has come in. */
  let opening: number | null = null;

  function create(): ListRow {
    const element = row("gridcell", ["", "", "", ""]);
    return {
      element,
      show(index) {
        const found = pages.get(index);
        const { id = -1, piece = "…", decoded = "", kind } = found ?? {};
        const texts = [
          id < 0 ? "" : String(id),
          bdi(piece),
          bdi(decoded),
          kind && t(`kind.${kind}`),
        ];
        set(element, "aria-selected", id === memory.id);
        texts.forEach((text, k) => {
          fill(element.children[k] as HTMLElement, text);
        });
      },
    };
  }

  function open(id: number): void {
    memory.id = id;
    entry.open(id);
    list.refresh();
  }

  /** Opens the entry that stands `by` rows after the opened one, if all are listed. */
  function goTo(id: number, by: number): void {
    const { query, mode } = pages.query;
    const whole = query === "" || mode === "id";
    if (whole && pages.get(list.active)?.id === memory.id) reveal(list.active + by);
    open(id);
  }

  function reveal(index: number): void {
    const top = index * ROW;
    const view = scroller.clientHeight - body.offsetTop;
    list.active = index;
    // Not at the very edge: what stands around it is of interest, too.
    if (top < scroller.scrollTop || top + ROW > scroller.scrollTop + view) {
      scroller.scrollTop = top - view / 3;
    }
    list.render();
    list.refresh();
  }

  function update(replaced: boolean): void {
    const { query, mode } = pages.query;
    const { total } = pages;
    const { at, answered } = memory;
    set(scroller, "aria-busy", pages.replacing);
    set(scroller, "aria-rowcount", total + 1);
    if (!answered) return;
    const near = at === null ? undefined : pages.get(at);
    const missing = mode === "id" && query !== "" && (at === null || isOther(near, query));
    count.textContent = missing ? t("vocabulary.no-id") : t("vocabulary.found", { n: total });
    nothing.hidden = total > 0;
    nothing.textContent = t(missing ? "vocabulary.no-id" : "vocabulary.nothing", {
      query: visible(query),
    });
    if (replaced) list.toTop();
    list.update(total);
    if (replaced) {
      opening = mode === "id" ? at : null;
      if (opening !== null) reveal(opening);
    }
    const found = opening === null ? undefined : pages.get(opening);
    if (!found) return;
    opening = null;
    open(found.id);
  }

  nothing.hidden = true;
  field.value = memory.query.query;
  mode.value = memory.query.mode;
  list.reshape(ROW, 1);
  list.active = memory.row;
  update(false);
  if (memory.answered !== memory.query) session.ask();

  return {
    element: div(
      "pane tok-vocabulary",
      h("div", { class: "tfw-bar-of-controls" }, field, mode, count),
      session.problem,
      div("v-beside", div("v-box", scroller, nothing), entry.element),
    ),
    layout() {
      session.restore(scroller);
      list.render();
    },
    dispose() {
      memory.row = list.active;
      asking.stop();
      list.dispose();
      entry.dispose();
      session.dispose(scroller);
    },
  };
}

/** Whether an entry is only the nearest to the id that was searched. */
function isOther(entry: Entry | undefined, id: string): boolean {
  return entry !== undefined && entry.id !== Number(id);
}
