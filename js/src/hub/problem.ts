import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { outside, visible } from "../shared/text.ts";
import { countdown } from "./countdown.ts";
import type { Problem } from "./model.ts";
import type { Session } from "./session.ts";
import { named, type Words } from "./words.ts";

/** Why the list is not all that there is, and when to try again. */
export function problemNote(session: Session, t: Words) {
  const element = h("div", { class: "tfw-problem" });
  let drawn = "";
  let pause: ReturnType<typeof countdown> | undefined;

  /** Counts down to when the hub may be asked again. */
  function counting(): HTMLElement {
    pause = countdown({
      until: session.until,
      retry: t("retry"),
      wait: (time) => t("wait", { time }),
      onRetry: () => session.retry(),
    });
    return pause.element;
  }

  const stop = () => pause?.stop();

  function note(problem: Problem): HTMLElement {
    const what = named(t, "problem", problem.kind, t("problem.other"));
    // How long a pause is, is counted down; the kernel's sentence has how long it was.
    const said = problem.kind === "limited" && problem.wait !== null ? "" : problem.text;
    const text = said ? h("span", { class: "hub-said", lang: "en" }, visible(said)) : false;
    // That nobody wants the network is no failure.
    if (problem.kind === "offline") return h("p", { class: "tfw-note" }, what);
    return h(
      "div",
      { class: "tfw-alert hub-alert", role: "alert" },
      h("div", { class: "hub-what" }, h("b", {}, what), text),
      counting(),
    );
  }

  return {
    element,
    update(): void {
      const { failure, rows } = session;
      const { problem, notes } = rows.latest;
      // While it is tried again the old note would jump away and back.
      if (rows.searching && !rows.outdated && failure === undefined && drawn) return;
      const now = JSON.stringify([failure && String(failure), problem?.kind, problem?.text, notes]);
      // The end of a pause that is shown already may have moved.
      if (now === drawn && (pause?.counting() || session.until <= Date.now())) return;
      drawn = now;
      stop();
      fill(
        element,
        failure !== undefined ? alert(failure, t, () => session.retry()) : problem && note(problem),
        ...notes.map((each) => h("p", { class: "tfw-note" }, outside(each[t.language]))),
      );
    },
    dispose: stop,
  };
}
