/** Ways to a new cell below the active one, by what the toolbars of JupyterLab and Notebook hold. */
const BELOW = [
  '.jp-mod-active .jp-cell-toolbar [data-command="notebook:insert-cell-below"]',
  '.jp-NotebookPanel-toolbar [data-command="notebook:insert-cell-below"]',
  '.jp-NotebookPanel-toolbar [data-jp-item-name="insert"] :is(jp-button, button)',
];
/** How long (ms) JupyterLab may take for one step. */
const STEP = 800;
const LOOK = 25;

/**
 * Inserts a cell with some code below the cell that an element is in; tells whether it did.
 *
 * A widget has no access to the notebook but for what a person has: its buttons and its keyboard.
 * Where one of the steps does not do what it does in JupyterLab, nothing more is tried.
 */
export async function insertBelow(root: HTMLElement, code: string): Promise<boolean> {
  const cell = root.closest(".jp-Cell");
  const panel = root.closest(".jp-NotebookPanel");
  if (!(cell instanceof HTMLElement) || !(panel instanceof HTMLElement)) return false;
  const active = () => panel.querySelector<HTMLElement>(".jp-Cell.jp-mod-active");
  if (active() !== cell) {
    press(cell);
    if (!(await until(() => active() === cell))) return false;
  }
  const button = BELOW.map((selector) => panel.querySelector<HTMLElement>(selector)).find(Boolean);
  if (!button) return false;
  button.click();
  const fresh = await until(() => {
    const now = active();
    return now && now !== cell && cell.compareDocumentPosition(now) & 4 ? now : undefined;
  });
  if (!fresh) return false;
  const editor = await until(() => fresh.querySelector<HTMLElement>(".cm-content"));
  if (!editor || editor.textContent?.trim()) return false;
  editor.focus();
  if (!(await until(() => editor.contains(document.activeElement)))) return false;
  // What a keyboard would do: the editor takes it as typed, so that it can be undone.
  document.execCommand("insertText", false, code);
  return Boolean(await until(() => editor.textContent?.includes(code)));
}

/** Copies a text; tells whether the browser let it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function press(cell: HTMLElement): void {
  const place = cell.querySelector(".jp-InputPrompt") ?? cell;
  for (const type of ["mousedown", "mouseup", "click"])
    place.dispatchEvent(new MouseEvent(type, { bubbles: true, button: 0 }));
}

async function until<Found>(look: () => Found): Promise<Found | undefined> {
  for (let waited = 0; ; waited += LOOK) {
    const found = look();
    if (found) return found;
    if (waited >= STEP) return undefined;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}
