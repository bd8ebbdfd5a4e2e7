import { h } from "../../shared/dom.ts";
import type { Context } from "../context.ts";
import { allHeads, step, toLayer } from "../matrix-name.ts";
import type { Kind } from "../model.ts";
import type { Block } from "../session.ts";
import { button, choice, segments } from "./controls.ts";

const BLOCKS: Block[] = ["all", "aa", "ab", "ba", "bb"];

/** Which matrix: kind, layer, heads; and which block of it. */
export function matrixControls({ session, t, guard }: Context) {
  const kinds = segments<Kind>(
    t("bar.kind"),
    guard((kind: Kind) => session.choose({ kind })),
  );
  const layer = choice(
    t("bar.layer"),
    guard((value: string) => toLayer(session, Number(value))),
  );
  const head = choice(
    t("bar.head"),
    guard((value: string) => {
      if (value === "all") session.choose({ heads: allHeads(heads()) });
      else if (value !== "some") session.choose({ heads: [Number(value)] });
    }),
  );
  const block = choice(
    t("bar.block"),
    guard((value: string) => session.show(value as Block)),
  );
  const previous = button(
    "‹",
    t("bar.previous"),
    guard(() => step(session, "layer", -1)),
  );
  const next = button(
    "›",
    t("bar.next"),
    guard(() => step(session, "layer", 1)),
  );
  const steps = h("span", { class: "att-steps" }, previous, layer.element, next);

  const heads = () => session.pane?.heads[session.layer] ?? 0;

  return {
    elements: [kinds.element, steps, head.element, block.element],
    update(): void {
      const { pane, opened } = session;
      if (!pane || !opened) return;
      kinds.element.hidden = opened.panes.length < 2;
      kinds.show(
        opened.panes.map(({ kind }) => [kind, t(`kind.${kind}`), t(`kind.${kind}-title`)]),
        session.kind,
      );
      const layers = pane.layers.map((name, k): [string, string] => [
        String(k),
        t("bar.layer-name", { layer: name }),
      ]);
      layer.show(layers, String(session.layer));
      previous.disabled = session.layer === 0;
      next.disabled = session.layer >= pane.heads.length - 1;
      const count = heads();
      const some = session.heads.length > 1 && session.heads.length < count;
      const options = allHeads(count).map((k): [string, string] => [
        String(k),
        t("bar.head-name", { head: String(k) }),
      ]);
      options.push(["all", t("bar.all-heads")]);
      if (some) options.push(["some", t("bar.some-heads", { heads: session.heads.join(", ") })]);
      const all = session.heads.length > 1 ? "all" : String(session.heads[0]);
      head.element.hidden = Math.max(...pane.heads) < 2;
      head.show(options, some ? "some" : all);
      const split = opened.axes[pane.keys]?.split ?? null;
      block.element.hidden = pane.queries !== pane.keys || split === null;
      block.show(
        BLOCKS.map((each) => [each, t(`bar.block.${each}`)]),
        session.block,
      );
    },
  };
}
