import { alert } from "./alert.ts";
import { fill, h } from "./dom.ts";
import type { Translator } from "./i18n.ts";
import type { Part } from "./part.ts";
import { isAbort } from "./protocol.ts";

interface Section {
  element: HTMLElement;
  layout(width: number): void;
  dispose(): void;
}

interface LateOptions<Exported> {
  class: string;
  t: Translator<"error" | "retry">;
  guard<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
  /** What is shown until the code is there. */
  loading: HTMLElement;
  fetch(): Promise<Part<Exported>>;
  create(exported: Exported): Section;
}

/** A section whose code comes from the kernel. */
export function lateSection<Exported>(options: LateOptions<Exported>): Section {
  const { t, guard, loading, fetch, create } = options;
  const element = h("div", { class: options.class });
  let section: Section | undefined;
  let width = 0;
  let gone = false;

  async function load(): Promise<void> {
    element.setAttribute("aria-busy", "true");
    fill(element, loading);
    try {
      const { exported, css } = await fetch();
      if (gone) return;
      section = create(exported);
      fill(element, h("style", {}, css), section.element);
      element.removeAttribute("aria-busy");
      guard(() => section?.layout(width))();
    } catch (error) {
      if (gone || isAbort(error)) return;
      element.removeAttribute("aria-busy");
      fill(
        element,
        alert(error, t, () => void load()),
      );
    }
  }

  void load();
  return {
    element,
    layout(now): void {
      width = now;
      if (now > 0) section?.layout(now);
    },
    dispose(): void {
      gone = true;
      section?.dispose();
    },
  };
}
