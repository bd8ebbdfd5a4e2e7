import { h, uniqueId } from "./dom.ts";
import "./tabs.css";

interface Section {
  element: HTMLElement;
  dispose?(): void;
}

export interface Tab<Shown extends Section, Name extends string = string> {
  name: Name;
  title: string;
  create(): Shown;
}

interface TabsOptions<Shown extends Section, Name extends string> {
  /** What the classes begin with that are the widget's own: `<kind>-tab`, `-tabs`, `-place`. */
  kind: string;
  label: string;
  tabs: Tab<Shown, Name>[];
  chosen: string | undefined;
  guard<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
  onChoose(name: Name): void;
  /** A section has come to stand below its tab, for the first time or again. */
  onShow(section: Shown, button: HTMLElement): void;
}

/** Sections behind tabs. One is made when it is first shown, and stays. */
export function tabList<Shown extends Section, Name extends string>(
  options: TabsOptions<Shown, Name>,
) {
  const { kind, label, tabs, chosen, guard, onChoose, onShow } = options;
  const id = uniqueId(`${kind}-tabs`);
  const several = tabs.length > 1;
  const sections = new Map<number, Shown>();
  const places = tabs.map((_, k) =>
    h("div", {
      class: `${kind}-place`,
      id: `${id}-panel-${k}`,
      role: several && "tabpanel",
      "aria-labelledby": several ? `${id}-${k}` : null,
      hidden: true,
    }),
  );
  const buttons = tabs.map(({ title }, k) =>
    h(
      "button",
      {
        type: "button",
        class: `tfw-tab ${kind}-tab`,
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
    {
      class: `tfw-tabs ${kind}-tabs`,
      role: "tablist",
      "aria-label": label,
      hidden: !several,
      onkeydown: guard((event: KeyboardEvent) => {
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
      }),
    },
    ...buttons,
  );
  let current = Math.max(
    0,
    tabs.findIndex(({ name }) => name === chosen),
  );

  function choose(k: number): void {
    const tab = tabs[k];
    const button = buttons[k];
    if (!tab || !button) return;
    current = k;
    onChoose(tab.name);
    buttons.forEach((each, j) => {
      each.setAttribute("aria-selected", String(j === k));
      each.tabIndex = j === k ? 0 : -1;
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
    onShow(section, button);
  }

  return {
    list,
    elements: [list, ...places],
    /** Shows the chosen tab; now it has a place. */
    open: () => choose(current),
    /** What stands below the chosen tab. */
    shown: () => sections.get(current),
    dispose(): void {
      for (const section of sections.values()) section.dispose?.();
    },
  };
}
