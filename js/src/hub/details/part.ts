import { alert } from "../../shared/alert.ts";
import { fill, h } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import { type Tab, tabList } from "../../shared/tabs.ts";
import type { Host, Opened } from "../late.ts";
import { cardSection } from "./late-card.ts";
import { type Details, type JobState, ofRow } from "./model.ts";
import { overview } from "./overview.ts";
import { filesSection, originSection, resultsSection, type Section } from "./sections.ts";
import { detailsTranslator } from "./words.ts";
import "../../shared/plain-table.css";
import "./details.css";

type Name = "overview" | "card" | "files" | "origin" | "results";

/** The tab that was open last: who reads cards reads the next one's card, too. */
let chosen: Name = "overview";

/** All about one model, below its name. */
export default function (host: Host): Opened {
  const { row, channel, guard } = host;
  if (!row) throw new Error("Details are about a model.");
  const t = detailsTranslator(host.language);
  const gone = new AbortController();
  const made: Section[] = [];
  let details = ofRow(row);
  let asking: AbortController | undefined;
  /** Whether all that is to be known was shown once. */
  let whole = false;

  const first = overview({ host, row, first: details, t, retry: () => again() });
  made.push(first);
  const keep = (section: Section) => {
    made.push(section);
    return section;
  };
  const tab = (name: Name, create: () => Section): Tab<Section, Name> => ({
    name,
    title: t(`tab.${name}`),
    create,
  });
  const tabs = tabList<Section, Name>({
    kind: "hubd",
    label: t("sections"),
    chosen,
    guard,
    tabs: [
      tab("overview", () => first),
      tab("card", () => keep(cardSection(host, row.key, t))),
      tab("files", () => keep(filesSection(details, t))),
      tab("origin", () => keep(originSection(details, t, host.onSearch))),
      tab("results", () => keep(resultsSection(details, t))),
    ],
    onChoose: (name) => {
      chosen = name;
    },
    onShow() {},
  });
  const problem = h("div", { class: "hubd-notes" });
  const element = h("div", { class: "hubd" }, problem, ...tabs.elements);

  /** Draws something anew; what has the focus may be gone then. */
  function redraw(draw: () => void): void {
    const held = element.contains(document.activeElement);
    draw();
    if (!held || element.contains(document.activeElement)) return;
    const next = element.querySelector<HTMLElement>("[role=alert] button");
    (next ?? tabs.list.querySelector<HTMLElement>("[aria-selected=true]"))?.focus({
      preventScroll: true,
    });
  }

  const show = guard((now: Details) => {
    details = now;
    whole ||= now.complete;
    redraw(() => {
      for (const section of made) section.update(now);
    });
  });

  /** What is here alone comes first; where more is shown already it would take that away. */
  const beginning = (now: Details) => {
    if (!whole) show(now);
  };

  /** Asks where the hub told less than it could: that it was heard is to be seen. */
  function again(): void {
    show({ ...details, problem: null, complete: false });
    void ask();
  }

  async function ask(): Promise<void> {
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    redraw(() => fill(problem));
    element.setAttribute("aria-busy", "true");
    try {
      const { payload } = await channel.request<Details, Details>(
        "details",
        { key: row?.key },
        { signal: mine.signal, later: true, onProgress: beginning },
      );
      if (!mine.signal.aborted) show(payload);
    } catch (error) {
      if (isAbort(error)) return;
      fill(
        problem,
        alert(error, t, () => void ask()),
      );
    } finally {
      if (asking === mine) element.removeAttribute("aria-busy");
    }
  }

  const hear = channel.subscribe<JobState & { type: string; key: string }>("job", (state) => {
    if (state.key !== row.key) return;
    guard(() => first.job(state))();
    if (state.state === "running" || state.state === "waiting") return;
    // How much is still to come has changed; the hub is not asked again for that.
    void ask();
  });
  // Models came to the cache or went from it: this one may be among them.
  const notice = channel.subscribe("changed", () => void ask());
  gone.signal.addEventListener("abort", () => {
    hear();
    notice();
  });
  tabs.open();
  void ask();

  return {
    element,
    layout(width): void {
      element.toggleAttribute("data-narrow", width < 420);
    },
    dispose(): void {
      gone.abort();
      asking?.abort();
      tabs.dispose();
      if (tabs.shown() !== first) first.dispose?.();
    },
  };
}
