import type { Context } from "../context.ts";
import type { Lens } from "../model.ts";
import { check } from "./controls.ts";

/** In which units the text is seen. */
export function lensControls(
  { session, t, guard }: Context,
  reopen: (lens: Partial<Lens>) => void,
) {
  const words = check(
    t("bar.words"),
    t("bar.words-title"),
    guard((on: boolean) => reopen({ words: on })),
  );
  const special = check(
    t("bar.special"),
    t("bar.special-title"),
    guard((on: boolean) => reopen({ special: on })),
  );
  const renormalize = check(
    t("bar.renormalize"),
    t("bar.renormalize-title"),
    guard((on: boolean) => reopen({ renormalize: on })),
  );
  return {
    elements: [words.element, special.element, renormalize.element],
    update(): void {
      const { lens, opened } = session;
      words.element.hidden = !opened?.can.words;
      special.element.hidden = !opened?.can.special;
      renormalize.element.hidden = !opened?.can.special;
      words.show(lens.words, true);
      special.show(lens.special, true);
      renormalize.show(lens.renormalize && !lens.special, !lens.special);
    },
  };
}
