/**
 * Where a view stands in a notebook: `<tfw-view data-place="…">` around static HTML.
 *
 * A saved notebook keeps that element instead of a reference to a widget. Whoever opens it
 * without a kernel sees the static HTML; while the kernel lives, the element shows the view.
 */

import { keepFocus } from "./focus.ts";

type Mount = (el: HTMLElement) => () => void;

interface Places {
  mounts: Map<string, Mount>;
  /** Elements on the page whose view has not been announced yet. */
  waiting: Set<PlaceElement>;
  /** Elements that were taken off the page just now, with what is drawn in them. */
  left: Map<string, PlaceElement>;
}

interface PlaceElement extends HTMLElement {
  show(): void;
  hide(): void;
}

const TAG = "tfw-view";
const ATTRIBUTE = "data-place";
const KEY = Symbol.for("tfwidgets.places");

/** How long (ms) an output may take to be replaced by what it holds from now on. */
const TAKE_OVER = 1_000;

// Every widget brings its own copy of this module; the places of a page are one.
function places(): Places {
  const page = globalThis as { [KEY]?: Places };
  page[KEY] ??= { mounts: new Map(), waiting: new Set(), left: new Map() };
  return page[KEY];
}

function define(): void {
  if (customElements.get(TAG)) return;
  customElements.define(
    TAG,
    class PlaceView extends HTMLElement implements PlaceElement {
      #dispose: (() => void) | undefined;
      #still: Node[] = [];
      #refocus = keepFocus(this);

      get #name(): string {
        return this.getAttribute(ATTRIBUTE) ?? "";
      }

      connectedCallback(): void {
        this.show();
      }

      // JupyterLab takes cells off the page while they are scrolled away: a view that is
      // drawn stays as it is until then.
      disconnectedCallback(): void {
        const { waiting, left } = places();
        waiting.delete(this);
        if (!this.#dispose) return;
        const name = this.#name;
        left.set(name, this);
        setTimeout(() => {
          if (left.get(name) === this) left.delete(name);
        }, TAKE_OVER);
      }

      show(): void {
        if (this.#dispose) return;
        const { mounts, waiting } = places();
        const mount = mounts.get(this.#name);
        if (!mount) {
          waiting.add(this);
          return;
        }
        waiting.delete(this);
        this.#still = [...this.childNodes];
        if (this.#takeOver()) return;
        const el = document.createElement("div");
        this.replaceChildren(el);
        this.#dispose = mount(el);
      }

      /** Takes the view of an output that this one replaces: a reader may be in the middle of it. */
      #takeOver(): boolean {
        const { left } = places();
        const before = left.get(this.#name);
        if (!(before instanceof PlaceView) || before.isConnected) return false;
        left.delete(this.#name);
        this.replaceChildren(...before.childNodes);
        this.#dispose = before.#dispose;
        before.#dispose = undefined;
        before.#refocus();
        return true;
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
