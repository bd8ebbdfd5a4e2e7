import { h, uniqueId } from "../shared/dom.ts";
import type { Context, Section } from "./context.ts";

export interface Tab {
  name: string;
  title: string;
  create(): Section;
}

/** Sections behind tabs. One is made when it is first shown, and stays. */
export function tabList(
  tabs: Tab[],
  chosen: string,
  label: string,
  guard: Context["guard"],
  onChoose: (name: string) => void,
) {
  const id = uniqueId("att-tabs");
  const sections = new Map<number, Section>();
  const places = tabs.map((_, k) =>
    h("div", {
      class: "att-place",
      id: `${id}-panel-${k}`,
      role: "tabpanel",
      "aria-labelledby": `${id}-${k}`,
      hidden: true,
    }),
  );
  const buttons = tabs.map(({ title }, k) =>
    h(
      "button",
      {
        type: "button",
        class: "att-tab",
        id: `${id}-${k}`,
        role: "tab",
        "aria-controls": `${id}-panel-${k}`,
        onclick: guard(() => choose(k)),
      },
      title,
    ),
  );
  const list = h("div", { class: "att-tabs", role: "tablist", "aria-label": label }, ...buttons);
  let current = Math.max(
    0,
    tabs.findIndex(({ name }) => name === chosen),
  );
  let width = 0;

  list.onkeydown = guard((event: KeyboardEvent) => {
    const last = tabs.length - 1;
    const goal = {
      ArrowRight: current === last ? 0 : current + 1,
      ArrowLeft: current === 0 ? last : current - 1,
      Home: 0,
      End: last,
    }[event.key];
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
    let section = sections.get(k);
    if (!section) {
      section = tab.create();
      sections.set(k, section);
      places[k]?.append(section.element);
    }
    section.layout(width);
  }

  return {
    elements: [list, ...places],
    open: () => choose(current),
    layout(now: number): void {
      width = now;
      sections.get(current)?.layout(now);
    },
    dispose(): void {
      for (const section of sections.values()) section.dispose();
    },
  };
}
