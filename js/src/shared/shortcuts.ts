const SUPPRESS = "data-lm-suppress-shortcuts";

/**
 * Keeps JupyterLab's one-key shortcuts away from what is inside `root`: without this, arrows
 * select other cells and "d d" deletes one while a table has the focus.
 *
 * JupyterLab looks for the mark on the very element that has the focus, at the document's
 * capture phase, so that it must be there before. Ctrl+S and the like stay JupyterLab's.
 */
export function keepPlainKeys(root: HTMLElement): () => void {
  const mark = (event: KeyboardEvent) => {
    const { target } = event;
    if (!(target instanceof Element) || !root.contains(target)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) target.removeAttribute(SUPPRESS);
    else target.setAttribute(SUPPRESS, "true");
  };
  window.addEventListener("keydown", mark, true);
  return () => window.removeEventListener("keydown", mark, true);
}
