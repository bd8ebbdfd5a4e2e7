import { fill, h } from "../../shared/dom.ts";
import { downloadPanel } from "../download/panel.ts";
import type { Host } from "../late.ts";
import type { HubRow } from "../model.ts";
import { abilityList } from "./abilities.ts";
import { factList } from "./facts.ts";
import { memoryTable } from "./memory.ts";
import type { Details, JobState } from "./model.ts";
import { pageLink, stateNotes } from "./notes.ts";
import type { Section } from "./sections.ts";
import type { Words } from "./words.ts";

export interface Overview extends Section {
  /** A download went on or ended. */
  job(state: JobState): void;
}

interface OverviewOptions {
  host: Host;
  row: HubRow;
  first: Details;
  t: Words;
  retry(): void;
}

/** What decides whether to take a model: its state, its download, its memory, what it can do. */
export function overview({ host, row, first, t, retry }: OverviewOptions): Overview {
  const notes = h("div", { class: "hubd-notes" });
  const panel = downloadPanel({ host, row, first, t });
  const rest = h("div", { class: "hubd-section" });
  const element = h("div", { class: "hubd-section" }, notes, panel.element, rest);

  let drawn = "";

  function update(details: Details): void {
    const { memory, abilities, url, problem, complete } = details;
    const until = problem?.wait ? Date.now() + problem.wait * 1000 : 0;
    fill(
      notes,
      ...stateNotes(details, t, { retry, search: (name) => host.onSearch(name) }, until),
      !complete && h("p", { class: "tfw-muted", role: "status" }, t("asking")),
    );
    panel.update(details);
    // What is the same stays: a reader may be in the middle of it.
    const state = JSON.stringify([memory, abilities, url, details.facts, details.origin, complete]);
    if (state === drawn) return;
    drawn = state;
    fill(
      rest,
      abilities.length > 0 && h("h4", { class: "hubd-title" }, t("heading")),
      abilities.length > 0 && abilityList(abilities, t),
      (memory || complete) && h("h4", { class: "hubd-title" }, t("fit.heading")),
      memory
        ? memoryTable(memory, t)
        : complete && h("p", { class: "tfw-muted" }, t("fit.unknown")),
      h("h4", { class: "hubd-title" }, t("facts")),
      factList(details, t),
      url && h("p", {}, pageLink(url, t("page"))),
    );
  }

  update(first);
  return { element, update, job: panel.job, dispose: panel.dispose };
}
