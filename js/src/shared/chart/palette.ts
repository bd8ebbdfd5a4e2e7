/** Colours of the page, as a canvas needs them. */
export interface Palette {
  ground: string;
  ink: string;
  muted: string;
  line: string;
  accent: string;
  warning: string;
  error: string;
  series: string[];
  /** Of the numbers at the axes. */
  font: string;
}

/** Reads the colours that an element has: they depend on the page's theme. */
export function paletteOf(element: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const read = (name: string, otherwise: string) => {
    probe.style.color = `var(--tfw-${name})`;
    return getComputedStyle(probe).color || otherwise;
  };
  const family = getComputedStyle(element).fontFamily || "sans-serif";
  const palette = {
    ground: read("bg", "#ffffff"),
    ink: read("fg", "#000000"),
    muted: read("muted", "#666666"),
    line: read("track", "#eeeeee"),
    accent: read("accent", "#1567c4"),
    warning: read("warning", "#9a6700"),
    error: read("error", "#b3261e"),
    series: Array.from({ length: 8 }, (_, k) => read(`series-${k}`, "#0751c0")),
    font: `11px ${family}`,
  };
  probe.remove();
  return palette;
}
