import { fill, h, set } from "../shared/dom.ts";
import { commandKey } from "./asked.ts";
import type { Context, Section } from "./context.ts";
import { type IconName, icon } from "./icon.ts";
import { rateSlider } from "./rate.ts";
import { said, type WordKey, wordsOr } from "./words.ts";

interface Control {
  command: string;
  icon?: IconName;
  primary?: boolean;
  /** Whether it can be pressed, and what says why not. */
  enabled?: () => boolean;
  pressed?: () => boolean;
}

/** What a reader can tell the training, and what became of it. */
export function controls(context: Context): Section {
  const { session, t, guard } = context;
  const list: Control[] = [
    { command: "pause", icon: "paused", primary: true },
    { command: "stop", icon: "stopped" },
    {
      command: "stop_after_epoch",
      pressed: () => session.progress.stop_after_epoch === true,
    },
    { command: "one_more_epoch" },
    { command: "evaluate" },
    { command: "checkpoint" },
    {
      command: "restore_best",
      enabled: () => session.progress.best !== null && session.progress.best !== undefined,
    },
  ];
  const buttons = list.map(button);
  const rate = rateSlider(context);
  const refusals = h("div", { class: "dash-refusals", role: "status" });
  const element = h(
    "div",
    { class: "dash-controls", role: "group", "aria-label": t("controls") },
    ...buttons.map(({ element }) => element),
    rate.element,
    refusals,
  );

  function button(control: Control) {
    const label = h("span");
    const asked = h("span", { class: "dash-asked" }, t("asked"));
    const sign = h("span", { class: "dash-sign" });
    const made = h(
      "button",
      {
        type: "button",
        class: "tfw-button dash-command",
        "data-command": control.command,
        "data-primary": control.primary,
        onclick: guard(press),
      },
      h("span", { class: "dash-two" }, h("span", { class: "dash-label" }, sign, label), asked),
    );
    let shown = "";

    /** "Pause" becomes "Resume" while it is paused. */
    function command(): string {
      return control.command === "pause" && session.status === "paused"
        ? "resume"
        : control.command;
    }

    function press(): void {
      const name = command();
      if (made.getAttribute("aria-disabled") === "true" || session.asked.get(name)) return;
      session.forgive(name);
      session.command(name);
    }

    return {
      element: made,
      update(): void {
        const name = command();
        if (name !== shown) {
          shown = name;
          label.textContent = t(name as WordKey);
          const shape = name === "resume" ? "running" : control.icon;
          fill(sign, shape ? icon(shape) : null);
          sign.hidden = !shape;
        }
        const waits = session.asked.get(name)?.state === "asked";
        const enabled = control.enabled?.() ?? true;
        made.toggleAttribute("data-asked", waits);
        set(made, "aria-busy", waits);
        // Not "disabled": what has the focus shall keep it.
        set(made, "aria-disabled", !enabled);
        if (control.pressed) set(made, "aria-pressed", control.pressed());
        const tip = waits
          ? t("asked-title")
          : t((enabled ? `${name}-tip` : `${name}-none`) as WordKey);
        if (made.title !== tip) made.title = tip;
      },
    };
  }

  function showRefusals(): void {
    const found = session.asked.refusals;
    const key = JSON.stringify([t.language, found]);
    if (refusals.dataset.key === key) return;
    refusals.dataset.key = key;
    fill(
      refusals,
      ...found.map(([name, why]) => {
        const command = name.split(" ")[0] ?? name;
        return h(
          "p",
          { class: "dash-refusal" },
          t("refused", { what: wordsOr(t, command, name), why: said(why, t) || "?" }),
          h(
            "button",
            {
              type: "button",
              class: "dash-close",
              "aria-label": t("dismiss"),
              onclick: guard(() => session.forgive(commandKey(name))),
            },
            icon("close"),
          ),
        );
      }),
    );
  }

  return {
    element,
    update() {
      element.hidden = !session.steerable;
      for (const one of buttons) one.update();
      rate.update();
      showRefusals();
    },
    dispose: rate.dispose,
  };
}
