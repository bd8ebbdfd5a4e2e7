import { h, uniqueId } from "../shared/dom.ts";
import type { Panel } from "./panel.ts";

interface TabsOptions<Name extends string> {
  label: string;
  tabs: { name: Name; title: string; create(): Panel }[];
  chosen: Name | undefined;
  onChoose(name: Name): void;
  guard<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
}

/** Panels behind tabs. One is made when it is first shown, and stays. */
export function tabList<Name extends string>(options: TabsOptions<Name>) {
  const { label, tabs, chosen, onChoose, guard } = options;
  const id = uniqueId("tok-tabs");
  const panels = new Map<number, Panel>();
  const places = tabs.map((_, k) =>
    h("div", {
      class: "tok-place",
      id: `${id}-panel-${k}`,
      role: tabs.length > 1 && "tabpanel",
      "aria-labelledby": tabs.length > 1 ? `${id}-${k}` : null,
      hidden: true,
    }),
  );
  const buttons = tabs.map(({ title }, k) =>
    h(
      "button",
      {
        type: "button",
        class: "tok-tab",
        id: `${id}-${k}`,
        role: "tab",
        "aria-controls": `${id}-panel-${k}`,
        onclick: guard(() => choose(k)),
      },
      title,
    ),
  );
  const list = h(
    "div",
    { class: "tok-tabs", role: "tablist", "aria-label": label, hidden: tabs.length < 2 },
    ...buttons,
  );
  let current = Math.max(
    0,
    tabs.findIndex(({ name }) => name === chosen),
  );
  let width = 0;

  list.onkeydown = guard((event: KeyboardEvent) => {
    const last = tabs.length - 1;
    const goals: Record<string, number> = {
      ArrowRight: current === last ? 0 : current + 1,
      ArrowLeft: current === 0 ? last : current - 1,
      Home: 0,
      End: last,
    };
    const goal = goals[event.key];
    if (goal === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    choose(goal);
    buttons[goal]?.focus();
  });

  function choose(k: number): void {
    const tab = tabs[k];
    if (!tab) return;
    current = k;
    onChoose(tab.name);
    buttons.forEach((button, j) => {
      button.setAttribute("aria-selected", String(j === k));
      button.tabIndex = j === k ? 0 : -1;
    });
    places.forEach((place, j) => {
      place.hidden = j !== k;
    });
    let panel = panels.get(k);
    if (!panel) {
      panel = tab.create();
      panels.set(k, panel);
      places[k]?.append(panel.element);
    }
    panel.layout(width);
  }

  return {
    elements: [list, ...places],
    /** Shows the chosen tab; now it has a place. */
    open: () => choose(current),
    layout(now: number): void {
      width = now;
      panels.get(current)?.layout(now);
    },
    dispose(): void {
      for (const panel of panels.values()) panel.dispose();
    },
  };
}
