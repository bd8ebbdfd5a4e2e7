import { fill, h } from "../../shared/dom.ts";
import { isAbort } from "../../shared/protocol.ts";
import { visible } from "../../shared/text.ts";
import type { Details, JobState } from "../details/model.ts";
import type { Words } from "../details/words.ts";
import { size } from "../format.ts";
import type { Host } from "../late.ts";
import type { HubRow } from "../model.ts";
import { copy, insertBelow } from "./insert.ts";
import { progressBar } from "./progress.ts";

interface PanelOptions {
  host: Host;
  row: HubRow;
  first: Details;
  t: Words;
}

const WAITING: JobState = {
  state: "waiting",
  done: 0,
  total: 0,
  rate: 0,
  file: null,
  blocked: false,
  problem: null,
};

/** To have a model: what its download costs, how far it is, and what to do with it then. */
export function downloadPanel({ host, row, first, t }: PanelOptions) {
  const { channel } = host;
  const { key } = row;
  const gone = new AbortController();
  const costs = h("p", { class: "hubd-costs" });
  const bar = progressBar(t);
  const outcome = h("div", { role: "status" });
  const said = h("p", { role: "status", class: "hubd-said" });
  const start = button(t("download"), () => act("download"));
  const cancel = button(t("download.cancel"), () => act("cancel"));
  const use = button(t("use"), () => once(use, take));
  const insert = button(t("insert"), () => once(insert, write));
  use.title = t("use.title");
  insert.title = t("insert.title");
  const element = h(
    "section",
    { class: "hubd-panel", "aria-label": t("download") },
    costs,
    bar.element,
    outcome,
    h("div", { class: "hubd-bar" }, start, cancel, use, insert),
    said,
  );
  let details = first;
  let job: JobState | null = null;
  /** Whether a download was asked for and the kernel has not said how far it is. */
  let starting = false;
  const busy = new Set<HTMLButtonElement>();

  function button(text: string, onclick: () => void): HTMLButtonElement {
    return h("button", { type: "button", class: "tfw-button", onclick: host.guard(onclick) }, text);
  }

  /** Does what a button is for, and nothing more until that has ended. */
  function once(by: HTMLButtonElement, act: () => Promise<void>): void {
    if (busy.has(by)) return;
    busy.add(by);
    by.setAttribute("aria-disabled", "true");
    void act().finally(() => {
      busy.delete(by);
      by.removeAttribute("aria-disabled");
    });
  }

  const going = () => job?.state === "running" || job?.state === "waiting";

  function draw(): void {
    const { plan, source, cached } = details;
    const remote = source === "hub" || source === "cache";
    const here =
      cached ||
      job?.state === "done" ||
      (plan !== null && !plan.refused && plan.missing === 0 && plan.total > 0);
    const refused = plan?.refused ?? (plan && !plan.enough ? t("download.no-room") : null);
    fill(costs, ...cost(here, remote));
    // Once it has been downloaded, that is what is said.
    costs.hidden = going() || (here && job?.state === "done");
    bar.element.hidden = !going();
    if (job && going()) bar.update(job);
    const trouble = !going() && !here && (job?.problem ?? refused);
    outcome.className = trouble ? "tfw-alert" : "tfw-muted";
    outcome.textContent = trouble
      ? visible(trouble)
      : job?.state === "cancelled" && !here
        ? t("download.cancelled")
        : job?.state === "failed" && !here
          ? t("download.failed")
          : job?.state === "done"
            ? t("download.done")
            : "";
    outcome.hidden = outcome.textContent === "";
    const focused = [start, cancel].includes(document.activeElement as HTMLButtonElement);
    start.hidden = here || !remote || going();
    start.textContent = t(
      job?.state === "failed" || job?.state === "cancelled" ? "download.resume" : "download",
    );
    const absent = details.problem?.kind === "missing" || details.disabled;
    start.disabled = absent || (refused !== null && job === null);
    start.classList.toggle("hubd-main", !start.disabled);
    cancel.hidden = !going();
    use.classList.toggle("hubd-main", here);
    // Where the button that had the focus is gone, the one in its place has it.
    if (focused) [start, cancel, use].find(({ hidden, disabled }) => !hidden && !disabled)?.focus();
  }

  function cost(here: boolean, remote: boolean): (HTMLElement | string | false)[] {
    const { plan } = details;
    const { language } = t;
    if (details.source === "demo") return [t(here ? "download.demo" : "download.no-demo")];
    if (!remote) return [t("download.local")];
    if (here) return [t("download.here")];
    if (!plan || plan.total === 0) return [details.complete && t("download.unknown")];
    const [total, missing] = [size(plan.total, language), size(plan.missing, language)];
    const free = plan.free !== null && t("download.free", { size: size(plan.free, language) });
    return [
      h(
        "b",
        {},
        plan.missing < plan.total
          ? t("download.rest", { missing, size: total })
          : t("download.size", { size: total }),
      ),
      free && h("span", { class: "tfw-muted" }, free),
    ];
  }

  function act(request: "download" | "cancel"): void {
    said.textContent = "";
    if (request === "download") {
      // The kernel may be busy: that it was heard is to be seen.
      hear(WAITING);
      starting = true;
    }
    channel.request<JobState>(request, { key }, { signal: gone.signal }).then(
      host.guard(({ payload }) => hear(payload)),
      host.guard(fail),
    );
  }

  function hear(state: JobState): void {
    job = state;
    starting = false;
    draw();
  }

  /** Takes over what the details say of a download. */
  function compare(now: Details): void {
    // They may have been collected before the one that was just asked for.
    if (starting) return;
    if (now.job && (now.complete || !going())) job = now.job;
    else if (now.complete && going()) job = null;
    // It was deleted since.
    if (now.complete && !now.cached && job?.state === "done") job = null;
  }

  function fail(error: unknown): void {
    if (isAbort(error)) return;
    starting = false;
    const message = visible(error instanceof Error ? error.message : String(error));
    if (job?.state === "waiting") job = null;
    draw();
    said.textContent = t("error", { message });
  }

  async function take(): Promise<void> {
    try {
      const { payload } = await channel.request<{ name: string }>(
        "use",
        { key },
        { signal: gone.signal, later: true },
      );
      said.textContent = t("use.done");
      host.onUse(payload.name);
    } catch (error) {
      fail(error);
    }
  }

  async function write(): Promise<void> {
    try {
      const { payload } = await channel.request<{ text: string }>(
        "code",
        { key },
        { signal: gone.signal },
      );
      const { text } = payload;
      const line = h("code", { class: "hubd-code" }, visible(text));
      const done = await insertBelow(element, text);
      if (gone.signal.aborted) return;
      if (done) fill(said, t("insert.done"));
      else fill(said, t((await copy(text)) ? "insert.copied" : "insert.shown"), " ", line);
    } catch (error) {
      fail(error);
    }
  }

  /** Says whether the magics take this model now. */
  function mark(): void {
    if (host.isInUse()) said.textContent = t("use.done");
    else if (said.textContent === t("use.done")) said.textContent = "";
  }

  const hearUse = channel.subscribe("in_use", host.guard(mark));
  mark();
  draw();
  return {
    element,
    update(now: Details): void {
      details = now;
      compare(now);
      draw();
    },
    job: hear,
    dispose(): void {
      hearUse();
      gone.abort();
    },
  };
}
