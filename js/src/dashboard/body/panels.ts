import { alert } from "../../shared/alert.ts";
import { fill, h, set } from "../../shared/dom.ts";
import { loadPart } from "../../shared/part.ts";
import { isAbort } from "../../shared/protocol.ts";
import type { Context, Section } from "../context.ts";
import { type MountPanel, PANELS, type Panel, type PanelName } from "../panel.ts";
import { said } from "../words.ts";
import type { chartMaker } from "./charts.ts";

/** What has something to show though the training sends nothing for it. */
const ALWAYS: ReadonlySet<PanelName> = new Set(["log", "memory"]);

/** A panel behind a tab: what it costs, whether it is on, and what its part draws once it is there. */
export function panelSection(
  name: PanelName,
  context: Context,
  chart: ReturnType<typeof chartMaker>,
): Section {
  const { session, channel, t, guard } = context;
  const cost = h("span", { class: "tfw-muted" });
  const toggle = h(
    "button",
    { type: "button", class: "dash-switch", role: "switch", onclick: guard(press) },
    h("i", { "aria-hidden": true }),
    t("panel-on"),
  );
  const bar = h("div", { class: "dash-panel-bar" }, toggle, cost);
  const why = h("p", { class: "tfw-muted" });
  const place = h("div", { class: "dash-panel" });
  const element = h("div", {}, bar, why, place);
  let panel: Panel | undefined;
  let loading = false;
  let gone = false;

  function press(): void {
    const payload = session.panels[name];
    if (!payload || session.asked.get("panel", { name })?.state === "asked") return;
    session.command("panel", { name, on: !payload.on });
  }

  /** Why there is nothing to see, if so. */
  function missing(): string {
    const payload = session.panels[name];
    if (name === "log") return "";
    if (!payload) return ALWAYS.has(name) ? "" : t(session.ended ? "panel-none" : "panel-soon");
    if (!payload.available) return said(payload.why, t) || t("panel-unavailable");
    if (payload.data !== null || ALWAYS.has(name)) return said(payload.why, t);
    if (!payload.on) return t(session.steerable ? "panel-off-live" : "panel-off");
    return t(session.ended ? "panel-none" : "panel-soon");
  }

  async function load(): Promise<void> {
    loading = true;
    fill(place, h("p", { class: "tfw-muted" }, t("panel-loading")));
    try {
      const { exported, css } = await loadPart<MountPanel>(channel, PANELS[name]);
      if (gone) return;
      const el = h("div", { class: "dash-panel-body" });
      fill(place, h("style", {}, css), el);
      panel = exported({ name, el, session, channel, t, language: t.language, chart, guard });
    } catch (error) {
      if (gone || isAbort(error)) return;
      fill(
        place,
        alert(error, t, () => void load()),
      );
    }
  }

  return {
    element,
    update() {
      const payload = session.panels[name];
      const steers = session.steerable && payload?.available === true;
      bar.hidden = !payload?.available || name === "log";
      toggle.hidden = !steers;
      if (payload) {
        const asked = session.asked.get("panel", { name })?.state === "asked";
        set(toggle, "aria-checked", payload.on !== asked);
        toggle.toggleAttribute("data-asked", asked);
        const spent = payload.cost && payload.cost.calls > 0 ? payload.cost : undefined;
        const text = spent ? t("panel-cost", { share: t.percent(spent.share, 1) }) : "";
        if (cost.textContent !== text) cost.textContent = text;
      }
      const nothing = missing();
      if (why.textContent !== nothing) why.textContent = nothing;
      why.hidden = nothing === "";
      const shows = ALWAYS.has(name) || (payload?.available === true && payload.data !== null);
      place.hidden = !shows;
      if (!shows) return;
      if (panel) panel.update();
      else if (!loading) void load();
    },
    dispose() {
      gone = true;
      panel?.dispose();
    },
  };
}
