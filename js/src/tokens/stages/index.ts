import { fill, h, set } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { button, div, muted, note } from "../elements.ts";
import { remember } from "../memory.ts";
import type { StagesPayload } from "../model.ts";
import type { Panel, PartContext } from "../panel.ts";
import { question } from "../question.ts";
import { type DerivationMemory, derivationPanel } from "./derivation.ts";
import { stageBlock } from "./stage.ts";
import "../panels.css";
import "./stages.css";

interface StagesMemory extends DerivationMemory {
  payload: StagesPayload | undefined;
  /** The opened word, as the kernel counts. */
  word: string | undefined;
}

/** What each stage of the tokenizer makes of the text, one below the other. */
export function stagesPanel(context: PartContext): Panel {
  const { channel, t, guard } = context;
  const memory = remember<StagesMemory>(channel, "stages", {
    payload: undefined,
    word: undefined,
    derivation: undefined,
    step: 0,
  });
  const derivation = derivationPanel(context, memory, close);
  const part = h("span", { role: "status" });
  const previous = button("‹", () => turn(-1), { "aria-label": t("stage.previous") });
  const next = button("›", () => turn(1), { "aria-label": t("stage.next") });
  const pager = div("pager", previous, part, next);
  const clipped = muted();
  const light = (word?: string) => {
    mark("data-lit", lit, null);
    lit = word;
    mark("data-lit", lit, true);
  };
  const enter = ({ target }: Event) => light(wordOf(target));
  const leave = () => light();
  const list = h("div", {
    class: "tok-stages",
    onpointerover: enter,
    onpointerleave: leave,
    onfocusin: enter,
    onfocusout: leave,
    onclick: guard(({ target }: Event) => {
      if ((target as Element).closest("button[data-word]")) open(wordOf(target));
    }),
  });
  const kind = (name: string, words: string) =>
    h("span", { class: "tok-bit", "data-kind": name }, words);
  const element = h(
    "div",
    {
      class: "tok-pane",
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Escape" || !memory.word) return;
        event.stopPropagation();
        close();
      },
    },
    div(
      "key",
      pager,
      clipped,
      h("mark", {}, t("stage.changed")),
      h("del", {}, t("stage.removed")),
      kind("added", t("kind.added")),
      kind("special", t("kind.special")),
    ),
    list,
    derivation.element,
  );
  const asked = question<StagesPayload>(context, "stages", list, draw);
  let lit: string | undefined;
  let wanted = memory.payload?.window ?? 0;

  /** Says something of all the chips of a word; of the buttons among them, where it is ARIA's. */
  function mark(name: string, word: string | undefined, value: boolean | null): void {
    const among = name.startsWith("aria-") ? "button" : "";
    if (!word) return;
    for (const chip of list.querySelectorAll<HTMLElement>(`${among}[data-word="${word}"]`)) {
      set(chip, name, value);
    }
  }

  function open(word: string | undefined): void {
    mark("aria-pressed", memory.word, false);
    memory.word = word;
    mark("aria-pressed", word, true);
    derivation.open(Number(word));
  }

  function close(): void {
    const { word } = memory;
    const inside = derivation.element.contains(document.activeElement);
    mark("aria-pressed", word, false);
    memory.word = undefined;
    derivation.close();
    const chip = list.querySelector<HTMLElement>(`button[data-word="${word}"]`);
    if (inside) chip?.focus({ preventScroll: true });
  }

  function turn(by: number): void {
    const windows = memory.payload?.windows ?? 1;
    const goal = Math.max(0, Math.min(wanted + by, windows - 1));
    if (goal === wanted) return;
    wanted = goal;
    asked.ask({ window: goal });
  }

  function draw(payload: StagesPayload): void {
    const { problem, stages, window, windows, whole, characters } = payload;
    if (memory.payload && memory.payload.window !== window) close();
    memory.payload = payload;
    wanted = window;
    fill(
      list,
      ...(problem
        ? [note(`⚠ ${visible(problem[t.language])}`)]
        : [...stages.map((stage) => stageBlock(stage, t)), muted(t("stage.pick"))]),
    );
    mark("aria-pressed", memory.word, true);
    pager.hidden = windows < 2;
    part.textContent = t("stage.part", { k: window + 1, n: windows });
    // Not `disabled`, which would take the focus from who turns to the end.
    set(previous, "aria-disabled", window === 0);
    set(next, "aria-disabled", window >= windows - 1);
    clipped.textContent = whole ? "" : t("stage.clipped", { n: characters });
  }

  if (memory.payload) draw(memory.payload);
  else {
    pager.hidden = true;
    asked.ask({ window: 0 });
  }
  // What was opened before the language changed, and has not been answered.
  if (memory.word && !memory.derivation) derivation.open(Number(memory.word));

  return {
    element,
    layout() {},
    dispose() {
      asked.drop();
      derivation.dispose();
    },
  };
}

function wordOf(target: EventTarget | null): string | undefined {
  return (target as Element).closest<HTMLElement>("[data-word]")?.dataset.word;
}
