import { alert } from "../shared/alert.ts";
import { size } from "../shared/amounts.ts";
import { fill, h } from "../shared/dom.ts";
import { isAbort } from "../shared/protocol.ts";
import { outside, visible } from "../shared/text.ts";
import { type Frame, redrawn, type SharedState, type View } from "../shared/widget.ts";
import { list } from "./list.ts";
import type { State, Unloaded } from "./model.ts";
import type { Key, Words } from "./words.ts";
import "./using.css";

/** What the kernel said last; a redraw in another language begins with it. */
interface Known {
  state: State | undefined;
  released: Unloaded["released"] | undefined;
}

/** The model in use, and the models in memory. */
export function mount(frame: Frame<SharedState>): View<Key> {
  const known: Known = { state: undefined, released: undefined };
  return redrawn(
    (t) => draw(frame, known, t),
    () => {},
  );
}

function draw({ channel, content, status, guard }: Frame<SharedState>, known: Known, t: Words) {
  const problem = h("div", { class: "tfw-problem" });
  const head = h("div", { class: "using-head" });
  const memory = h("div", { class: "using-memory" });
  const said = h("div", { class: "using-said", role: "status" });
  const gone = new AbortController();
  let asked = 0;
  let acting = false;
  let again = false;

  /** Takes no answer when a later question is under way: that will say more. */
  async function ask<Payload extends State>(type: string, params = {}): Promise<void> {
    const question = ++asked;
    try {
      const { payload } = await channel.request<Payload>(type, params, { signal: gone.signal });
      guard(() => {
        if (question !== asked) return;
        known.state = payload;
        if ("released" in payload) known.released = payload.released as Unloaded["released"];
        fill(problem);
        update();
      })();
    } catch (error) {
      if (isAbort(error) || question !== asked) return;
      guard(() => {
        fill(
          problem,
          alert(error, t, () => void ask("state")),
        );
        busy(false);
      })();
    }
  }

  /** What an action changes is also news: it is asked about when the action has answered. */
  async function act(type: string, params = {}): Promise<void> {
    if (acting) return;
    known.released = undefined;
    busy(true);
    acting = true;
    await ask<Unloaded>(type, params);
    acting = false;
    if (again && !gone.signal.aborted) void ask("state");
    again = false;
  }

  function hear(): void {
    if (acting) again = true;
    else void ask("state");
  }

  function busy(now: boolean): void {
    for (const button of content.querySelectorAll<HTMLButtonElement>(".using button")) {
      button.setAttribute("aria-disabled", String(now));
    }
  }

  const run = (type: string, params = {}) => guard(() => void act(type, params));

  function update(): void {
    const { state, released } = known;
    if (!state) return;
    const buttons = () => [...panel.querySelectorAll<HTMLButtonElement>("button")];
    const at = buttons().indexOf(document.activeElement as HTMLButtonElement);
    const { inUse, defaults, models } = state;
    const bytes = models.reduce((sum, model) => sum + model.bytes, 0);
    if (inUse) {
      fill(
        head,
        h(
          "p",
          { class: "using-line" },
          `${t("in-use")}: `,
          h("b", {}, outside(inUse.name)),
          ...inUse.facts.flatMap((fact) => [" · ", outside(fact)]),
          inUse.source && ` · ${t(`source.${inUse.source}`)}`,
        ),
        h("button", { type: "button", class: "tfw-button", onclick: run("default") }, t("default")),
        !inUse.loaded && h("p", { class: "tfw-muted using-line" }, t("not-loaded")),
      );
    } else {
      fill(
        head,
        h("p", { class: "using-line" }, t("none")),
        h(
          "ul",
          { class: "using-defaults" },
          ...defaults.map(({ task, name }) => h("li", {}, `${task}: `, h("b", {}, outside(name)))),
        ),
      );
    }
    if (models.length === 0) {
      // Of a chosen model it is said above that it is not in memory.
      fill(memory, !inUse && h("p", { class: "tfw-muted" }, t("nothing-loaded")));
    } else {
      fill(
        memory,
        h(
          "div",
          { class: "using-bar" },
          h(
            "span",
            { class: "tfw-muted" },
            t("count", { n: models.length, size: size(bytes, t.language) }),
          ),
          h(
            "button",
            { type: "button", class: "tfw-button", onclick: run("unload") },
            t("unload.all"),
          ),
        ),
        list(models, t, (key) => run("unload", { key })()),
      );
    }
    said.textContent = released ? sentence(released) : "";
    // What had the focus may be gone: the button in its place gets it.
    const left = buttons();
    if (at >= 0) (left[Math.min(at, left.length - 1)] ?? panel).focus();
  }

  function sentence({ count, bytes, held }: Unloaded["released"]): string {
    const freed = t(bytes > 0 ? "freed" : "let-go", { n: count, size: size(bytes, t.language) });
    if (held.length === 0) return freed;
    return `${freed} ${t("held", { n: held.length, names: held.map(visible).join(", ") })}`;
  }

  const panel = h(
    "section",
    { class: "using", tabindex: -1, "aria-label": t("table") },
    head,
    memory,
  );
  fill(content, status, problem, panel, said);
  if (known.state) update();
  else fill(memory, h("p", { class: "tfw-muted" }, t("loading")));
  const deaf = channel.subscribe("changed", hear);
  void ask("state");
  return {
    dispose(): void {
      deaf();
      gone.abort();
    },
  };
}
