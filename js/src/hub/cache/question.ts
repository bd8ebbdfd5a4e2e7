import { fill, h, uniqueId } from "../../shared/dom.ts";
import { outside, visible } from "../../shared/text.ts";
import { size } from "../format.ts";
import { type Repo, whole } from "./model.ts";
import type { Words } from "./words.ts";

interface QuestionOptions {
  t: Words;
  /** Deletes, once somebody is sure; what it throws is said here. */
  act(repos: Repo[], incomplete: boolean): Promise<void>;
  /** Nothing is deleted: the focus goes back. */
  onCancel(): void;
}

/** Says what would go and how much room that gives, and asks. */
export function question({ t, act, onCancel }: QuestionOptions) {
  const id = uniqueId("hubc-question");
  const element = h("div", {
    class: "hubc-question",
    role: "alertdialog",
    "aria-labelledby": `${id}-what`,
    "aria-describedby": `${id}-more`,
    hidden: true,
  });
  const button = (text: string, onclick: () => void) =>
    h("button", { type: "button", class: "tfw-button", onclick }, text);
  let busy = false;

  function close(): void {
    if (busy) return;
    element.hidden = true;
    onCancel();
  }

  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });

  return {
    element,
    hide(): void {
      if (!busy) element.hidden = true;
    },
    ask(repos: Repo[], incomplete: boolean): void {
      const bytes = repos.reduce(
        (sum, repo) => sum + (incomplete ? repo.incomplete : whole(repo)),
        0,
      );
      const params = { n: repos.length, size: size(bytes, t.language) };
      const kind = incomplete ? "tidy" : "delete";
      const state = h("span", { class: "tfw-muted", role: "status" });
      const cancel = button(t("cancel"), close);
      const sure = button(t("delete.sure"), () => {
        if (busy) return;
        busy = true;
        state.textContent = t("deleting");
        act(repos, incomplete).then(
          () => {
            busy = false;
            element.hidden = true;
          },
          (error: unknown) => {
            busy = false;
            const message = visible(error instanceof Error ? error.message : String(error));
            state.textContent = t("error", { message });
          },
        );
      });
      sure.classList.add("hubc-sure");
      fill(
        element,
        h("p", { id: `${id}-what` }, h("b", {}, t(`${kind}.question`, params))),
        // Each is named: there is no way back.
        h(
          "ul",
          { class: "tfw-scroll hubc-names", tabindex: 0, "aria-label": t("question.names") },
          ...repos.map((repo) => h("li", {}, outside(repo.id))),
        ),
        h("p", { class: "tfw-muted", id: `${id}-more` }, t(`${kind}.what`)),
        h("div", { class: "hubc-bar" }, sure, cancel, state),
      );
      element.hidden = false;
      cancel.focus();
    },
  };
}
