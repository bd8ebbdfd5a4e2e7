import { h, uniqueId } from "../../shared/dom.ts";
import type { Context, Section } from "../context.ts";
import type { Change } from "../session.ts";

export interface Tab {
  name: string;
  title: string;
  make(): Section;
}

const ALL: ReadonlySet<Change> = new Set(["opened"]);

/** Sections behind tabs. One is made when it is first shown; only the shown one is kept up to date. */
export function tabs({ memory, t, guard }: Context, list: Tab[]): Section {
  const id = uniqueId("dash-tabs");
  const sections = new Map<number, Section>();
  const buttons = list.map(({ title }, k) =>
    h(
      "button",
      {
        type: "button",
        class: "dash-tab",
        role: "tab",
        id: `${id}-${k}`,
        "aria-controls": `${id}-place-${k}`,
        onclick: guard(() => choose(k)),
      },
      title,
    ),
  );
  const places = list.map((_, k) =>
    h("div", {
      class: "dash-place",
      role: "tabpanel",
      id: `${id}-place-${k}`,
      "aria-labelledby": `${id}-${k}`,
      hidden: true,
    }),
  );
  const bar = h(
    "div",
    { class: "dash-tabs", role: "tablist", "aria-label": t("tabs") },
    ...buttons,
  );
  bar.onkeydown = guard((event: KeyboardEvent) => {
    const last = list.length - 1;
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
  const element = h("section", { class: "dash-details" }, bar, ...places);
  let current = Math.max(
    0,
    list.findIndex(({ name }) => name === memory.tab),
  );

  function choose(k: number): void {
    const tab = list[k];
    if (!tab) return;
    current = k;
    memory.tab = tab.name;
    buttons.forEach((button, j) => {
      button.setAttribute("aria-selected", String(j === k));
      button.tabIndex = j === k ? 0 : -1;
    });
    places.forEach((place, j) => {
      place.hidden = j !== k;
    });
    let section = sections.get(k);
    if (!section) {
      section = tab.make();
      sections.set(k, section);
      places[k]?.append(section.element);
    }
    section.update(ALL);
    const button = buttons[k];
    // Where there is no room for all of them.
    if (button) bar.scrollLeft = button.offsetLeft - (bar.clientWidth - button.offsetWidth) / 2;
  }

  choose(current);
  return {
    element,
    update(changes) {
      sections.get(current)?.update(changes);
    },
    dispose() {
      for (const section of sections.values()) section.dispose?.();
    },
  };
}
