/**
 * Remembers what has the focus within an element, which loses it on being moved; the function
 * that is returned gives it back, unless something else has it by then.
 */
export function keepFocus(root: HTMLElement): () => void {
  let held: HTMLElement | undefined;
  root.addEventListener("focusin", ({ target }) => {
    held = target instanceof HTMLElement ? target : undefined;
  });
  root.addEventListener("focusout", () => {
    // To be taken off the page is no wish to go elsewhere: whoever moves it does so at once.
    queueMicrotask(() => {
      if (!root.contains(document.activeElement)) held = undefined;
    });
  });
  return () => {
    const { activeElement } = document;
    if (held && (!activeElement || activeElement === document.body))
      held.focus({ preventScroll: true });
  };
}
