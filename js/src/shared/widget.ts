import type { AnyModel } from "@anywidget/types";
import sharedWords from "../../../tfwidgets/ui/strings/shared.json";
import { fill, h } from "./dom.ts";
import { keepFocus } from "./focus.ts";
import {
  type KeyOf,
  type LanguageSetting,
  resolveLanguage,
  type Table,
  type Translator,
  translator,
} from "./i18n.ts";
import { announce, keepsPlaces } from "./place.ts";
import { Channel, isAbort } from "./protocol.ts";
import { keepPlainKeys } from "./shortcuts.ts";
import { visible } from "./text.ts";
import "./theme.css";
import "./parts.css";

export type SharedKey = KeyOf<typeof sharedWords>;

export interface SharedState {
  language: LanguageSetting;
  /** Names the element that shows the view in a saved notebook; see `place.ts`. */
  place: string;
}

/** What a view gets to live in. */
export interface Frame<State extends SharedState> {
  model: AnyModel<State>;
  channel: Channel;
  /** Where the view draws. */
  content: HTMLElement;
  /** A line that says when the kernel keeps silent; the view may put it where it fits. */
  status: HTMLElement;
  /** Wraps a callback, so that what it throws becomes a message in the widget. */
  guard<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
}

/** A view lives as long as its output; it is drawn anew when the language changes. */
export interface View<Key extends string> {
  draw(t: Translator<Key | SharedKey>): void;
  dispose(): void;
}

/** A view of one drawing, which another one replaces. */
export function redrawn<Key extends string>(
  draw: (t: Translator<Key | SharedKey>) => { dispose(): void },
  dispose: () => void,
): View<Key> {
  let drawing: { dispose(): void } | undefined;
  return {
    draw(t) {
      drawing?.dispose();
      drawing = draw(t);
    },
    dispose() {
      drawing?.dispose();
      dispose();
    },
  };
}

interface Drawn {
  root: HTMLElement;
  refocus(): void;
  dispose(): void;
}

/** How long (ms) a view that was taken off the page may still find its place. */
const TAKE_OVER = 1_000;

/** Makes the default export of a widget's bundle. */
export function widget<State extends SharedState, T extends Table>(
  words: T,
  mount: (frame: Frame<State>) => View<KeyOf<T>>,
) {
  // What JupyterLab showed before the output had its place: by the name of that.
  const early = new Map<string, Drawn>();
  // The model as `initialize` got it: it lives longer than the one that a view is given.
  const models = new Map<string, AnyModel<State>>();
  const placed = new Set<string>();

  return {
    initialize({ model }: { model: AnyModel<State> }): () => void {
      const place = model.get("place");
      models.set(place, model);
      const forget = announce(place, (el) => {
        const drawn = early.get(place) ?? draw(model, el);
        early.delete(place);
        placed.add(place);
        if (drawn.root.parentElement !== el) {
          el.append(drawn.root);
          drawn.refocus();
        }
        return drawn.dispose;
      });
      model.send({ type: "settle", place: keepsPlaces() });
      return () => {
        models.delete(place);
        forget();
      };
    },
    render({ model, el }: { model: AnyModel<State>; el: HTMLElement }): () => void {
      const place = model.get("place");
      const drawn = draw(models.get(place) ?? model, el);
      if (!models.has(place) || !keepsPlaces() || placed.has(place)) return drawn.dispose;
      // The output will be replaced by its place, which takes over what is drawn here: to draw
      // it again would ask the kernel for everything a second time.
      early.set(place, drawn);
      return () => {
        setTimeout(() => {
          if (early.get(place) !== drawn) return;
          early.delete(place);
          drawn.dispose();
        }, TAKE_OVER);
      };
    },
  };

  function draw(model: AnyModel<State>, el: HTMLElement): Drawn {
    const content = h("div", { class: "tfw-content" });
    const status = h("span", { class: "tfw-status", role: "status" });
    const root = h("div", { class: "tfw" }, content, status);
    const releaseKeys = keepPlainKeys(root);
    const refocus = keepFocus(root);
    const channel = new Channel(model);
    let t = translate();
    let view: View<KeyOf<T>> | undefined;
    let slow = false;

    function translate() {
      const language = resolveLanguage(model.get("language"));
      return translator(language, sharedWords, words);
    }

    function fail(error: unknown): void {
      if (isAbort(error)) return;
      const message = visible(error instanceof Error ? error.message : String(error));
      fill(content, h("p", { class: "tfw-alert", role: "alert" }, t("failed", { message })));
      console.error(error);
    }

    function guard<Args extends unknown[]>(callback: (...args: Args) => void) {
      return (...args: Args): void => {
        try {
          callback(...args);
        } catch (error) {
          fail(error);
        }
      };
    }

    const tell = () => {
      root.toggleAttribute("data-waiting", slow);
      status.textContent = slow ? t("waiting") : "";
    };
    const redraw = guard(() => {
      t = translate();
      root.lang = t.language;
      tell();
      view?.draw(t);
    });

    channel.onSlow((now) => {
      slow = now;
      tell();
    });
    model.on("change:language", redraw);
    el.append(root);
    guard(() => {
      view = mount({ model, channel, content, status, guard });
      redraw();
    })();

    return {
      root,
      refocus,
      dispose(): void {
        model.off("change:language", redraw);
        view?.dispose();
        channel.dispose();
        releaseKeys();
        root.remove();
      },
    };
  }
}
