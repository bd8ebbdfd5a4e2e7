/**
 * Where a view stands in a notebook: `<tfw-view data-place="…">` around static HTML.
 *
 * A saved notebook keeps that element instead of a reference to a widget. Whoever opens it
 * without a kernel sees the static HTML; while the kernel lives, the element shows the view.
 */

type Mount = (el: HTMLElement) => () => void;

interface Places {
  mounts: Map<string, Mount>;
  /** Elements on the page whose view has not been announced yet. */
  waiting: Set<PlaceElement>;
}

interface PlaceElement extends HTMLElement {
  show(): void;
  hide(): void;
}

const TAG = "tfw-view";
const ATTRIBUTE = "data-place";
const KEY = Symbol.for("tfwidgets.places");

// Every widget brings its own copy of this module; the places of a page are one.
function places(): Places {
  const page = globalThis as { [KEY]?: Places };
  page[KEY] ??= { mounts: new Map(), waiting: new Set() };
  return page[KEY];
}

function define(): void {
  if (customElements.get(TAG)) return;
  customElements.define(
    TAG,
    class extends HTMLElement implements PlaceElement {
      #dispose: (() => void) | undefined;
      #still: Node[] = [];

      connectedCallback(): void {
        this.show();
      }

      // JupyterLab takes cells off the page while they are scrolled away: a view that is
      // drawn stays as it is until then.
      disconnectedCallback(): void {
        places().waiting.delete(this);
      }

      show(): void {
        if (this.#dispose) return;
        const mount = places().mounts.get(this.getAttribute(ATTRIBUTE) ?? "");
        if (!mount) {
          places().waiting.add(this);
          return;
        }
        places().waiting.delete(this);
        this.#still = [...this.childNodes];
        const el = document.createElement("div");
        this.replaceChildren(el);
        this.#dispose = mount(el);
      }

      hide(): void {
        this.#dispose?.();
        this.#dispose = undefined;
        this.replaceChildren(...this.#still);
      }
    },
  );
}

/** Tells the page that the view of a place can be drawn; returns how to take that back. */
export function announce(place: string, mount: Mount): () => void {
  define();
  places().mounts.set(place, mount);
  for (const element of [...places().waiting]) element.show();
  return () => {
    places().mounts.delete(place);
    for (const element of document.querySelectorAll<PlaceElement>(TAG)) {
      if (element.getAttribute(ATTRIBUTE) === place) element.hide();
    }
  };
}

/** Whether this page keeps outputs in its own document, as JupyterLab and Notebook 7 do. */
export function keepsPlaces(): boolean {
  return document.body.hasAttribute("data-jp-theme-name");
}
