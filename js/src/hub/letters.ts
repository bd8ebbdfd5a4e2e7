/** JupyterLab's usual size of letters (px). */
const USUAL = 13;

/** How much larger letters are than usual: who needs them so sets that in JupyterLab. */
export function letterScale(element: HTMLElement): number {
  const size = Number.parseFloat(getComputedStyle(element).fontSize);
  return size > USUAL ? size / USUAL : 1;
}
