import { h } from "../../shared/dom.ts";
import { type Tab, tabList } from "../../shared/tabs.ts";
import type { Context, Section } from "../context.ts";
import type { Change } from "../session.ts";

const ALL: ReadonlySet<Change> = new Set(["opened"]);

/** Sections behind tabs; only the shown one is kept up to date. */
export function sectionTabs({ memory, t, guard }: Context, tabs: Tab<Section>[]): Section {
  const { list, elements, open, shown, dispose } = tabList({
    kind: "dash",
    label: t("tabs"),
    tabs,
    chosen: memory.tab,
    guard,
    onChoose: (name) => {
      memory.tab = name;
    },
    onShow: (section, button) => {
      section.update(ALL);
      // Where there is no room for all of them.
      list.scrollLeft = button.offsetLeft - (list.clientWidth - button.offsetWidth) / 2;
    },
  });
  const element = h("section", { class: "dash-details" }, ...elements);
  open();
  return { element, update: (changes) => shown()?.update(changes), dispose };
}
