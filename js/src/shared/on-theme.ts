import { rest } from "./rest.ts";

/** How long a page takes until its new style sheet counts, at most (ms). */
const SETTLED = 400;

/**
 * Calls back when the page becomes light or dark, until the returned function is called: at once,
 * and when the styles that belong to it are there.
 */
export function onTheme(tell: () => void): () => void {
  const later = rest(tell, SETTLED);
  const callback = () => {
    tell();
    later.later();
  };
  const observer = new MutationObserver(callback);
  const attributes = ["data-jp-theme-light", "data-jp-theme-name", "data-theme", "class"];
  for (const root of [document.documentElement, document.body]) {
    observer.observe(root, { attributes: true, attributeFilter: attributes });
  }
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", callback);
  return () => {
    later.stop();
    observer.disconnect();
    system.removeEventListener("change", callback);
  };
}
