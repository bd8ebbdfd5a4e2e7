import { h } from "../../shared/dom.ts";
import { rest } from "../../shared/rest.ts";
import { button, div, select, span } from "../elements.ts";
import type { BatchSettings } from "../model.ts";
import type { PartWords } from "../part-words.ts";
import type { Session } from "./session.ts";

/** The settings of a batch as fields, each with the name of the parameter that it stands for. */
export function controls({ memory, initial, ask }: Session, t: PartWords, first: () => number) {
  const asking = rest(() => ask(first()));
  const none = t("batch.off");
  const fields = {
    padding: select(
      t("batch.padding"),
      { none, longest: t("batch.longest"), max_length: t("batch.to-length") },
      read,
    ),
    padding_side: select(t("batch.side"), { left: t("batch.left"), right: t("batch.right") }, read),
    pad_to_multiple_of: number(t("batch.multiple"), t("batch.off")),
    truncation: select(
      t("batch.truncation"),
      {
        none,
        longest_first: t("batch.longest-first"),
        only_first: t("batch.only-first"),
        only_second: t("batch.only-second"),
      },
      read,
    ),
    max_length: number(t("batch.length"), t("batch.limit")),
    batch_size: number(t("batch.size"), ""),
  };
  const names = Object.keys(fields) as (keyof BatchSettings)[];
  const shipped = button(t("batch.shipped"), () => take(memory.whole?.shipped));

  function number(label: string, placeholder: string): HTMLInputElement {
    const props = { type: "number", class: "tfw-input", min: 1, placeholder };
    return h("input", { ...props, "aria-label": label, oninput: read });
  }

  function read(): void {
    asking.stop();
    // What is no number yet, is being typed.
    if (!names.every((name) => fields[name].validity.valid)) return;
    const count = (field: HTMLInputElement) => (field.value === "" ? null : Number(field.value));
    memory.query = {
      padding: fields.padding.value,
      padding_side: fields.padding_side.value,
      pad_to_multiple_of: count(fields.pad_to_multiple_of),
      truncation: fields.truncation.value,
      max_length: count(fields.max_length),
      batch_size: count(fields.batch_size) ?? initial.batch_size,
    } as BatchSettings;
    able();
    asking.later();
  }

  function take(settings: BatchSettings | null | undefined): void {
    if (!settings) return;
    memory.query = settings;
    write();
    asking.now();
  }

  function write(): void {
    for (const name of names) fields[name].value = String(memory.query[name] ?? "");
    able();
  }

  /** What has no effect cannot be set. */
  function able(): void {
    const { padding, truncation } = memory.query;
    fields.padding_side.disabled = fields.pad_to_multiple_of.disabled = padding === "none";
    fields.max_length.disabled = padding !== "max_length" && truncation === "none";
  }

  write();
  return {
    element: div(
      "b-settings",
      ...names.map((name) => {
        const label = fields[name].getAttribute("aria-label");
        return h("label", {}, span(label), h("span", { class: "tok-b-name" }, name), fields[name]);
      }),
      span(
        shipped,
        " ",
        button(t("batch.reset"), () => take(initial)),
      ),
    ),
    update(): void {
      shipped.hidden = !memory.whole?.shipped;
    },
    dispose: asking.stop,
  };
}
