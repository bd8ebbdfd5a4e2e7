import { alert } from "../shared/alert.ts";
import { fill, h } from "../shared/dom.ts";
import { visible } from "../shared/text.ts";
import { LEAST, MOST } from "./model.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** Names that a question lists; the others are counted. */
const NAMED = 5;

interface ActionsOptions {
  session: Session;
  t: Words;
  onCompare(): void;
  /** The question is gone, and the focus with it. */
  onDone(): void;
}

/** What can be done with the runs that are ticked. */
export function actions({ session, t, onCompare, onDone }: ActionsOptions) {
  const { chosen } = session;
  const button = (text: string, onclick: () => void) =>
    h("button", { type: "button", class: "tfw-button", onclick }, text);
  const hint = h("span", { class: "tfw-muted", role: "status" });
  const compare = button(t("compare"), onCompare);
  const remove = button(t("delete"), () => confirm());
  const clear = button(t("choose.none"), () => {
    chosen.clear();
    session.onChange(false);
  });
  const question = h("div", { class: "runs-question", hidden: true });
  const element = h(
    "div",
    { class: "runs-actions" },
    h("div", { class: "runs-bar" }, compare, remove, clear, hint),
    question,
  );

  function close(): void {
    question.hidden = true;
    remove.focus();
  }

  /** Says what would go, and asks. */
  function confirm(): void {
    const going = [...chosen.values()].filter(({ live }) => live);
    const rows = [...chosen.values()].filter(({ live }) => !live);
    if (chosen.size === 0) return;
    const names = rows.slice(0, NAMED).map(({ name }) => `“${visible(name)}”`);
    const more = rows.length - names.length;
    const sure = button(t("delete.sure", { n: rows.length }), () => void act());
    const cancel = button(t("cancel"), close);
    const act = async () => {
      sure.disabled = true;
      try {
        await session.delete(rows.map(({ id }) => id));
        question.hidden = true;
        session.onChange(false);
        onDone();
      } catch (error) {
        fill(
          question,
          alert(error, t, () => confirm()),
          button(t("cancel"), close),
        );
      }
    };
    fill(
      question,
      h(
        "p",
        {},
        rows.length > 0 && h("b", {}, t("delete.question", { n: rows.length })),
        rows.length > 0 &&
          ` ${names.join(", ")}${more > 0 ? ` ${t("delete.more", { n: more })}` : ""}`,
      ),
      rows.length > 0 && h("p", {}, t("delete.what")),
      going.length > 0 && h("p", {}, t("delete.live", { n: going.length })),
      h("div", { class: "runs-bar" }, rows.length > 0 && sure, cancel),
    );
    question.hidden = false;
    cancel.focus();
  }

  question.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });

  return {
    element,
    confirm,
    update(): void {
      const n = chosen.size;
      compare.disabled = !session.comparable;
      compare.textContent = n > 0 ? t("compare.n", { n }) : t("compare");
      remove.disabled = n === 0;
      clear.hidden = n === 0;
      if (n === 0) question.hidden = true;
      hint.textContent =
        n > MOST
          ? t("choose.too-many", { most: MOST })
          : n < LEAST
            ? t("choose.hint", { least: LEAST, most: MOST })
            : session.unreadable
              ? t("choose.unreadable")
              : "";
    },
  };
}
