import { fill, h, set } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import { div, muted, span } from "../elements.ts";
import type { Panel, PartContext } from "../panel.ts";
import { bdi } from "../stages/chips.ts";
import { IGNORED, inWords } from "./cells.ts";
import { controls } from "./controls.ts";
import { facts, warnings } from "./facts.ts";
import { batchGrid } from "./grid.ts";
import { overview } from "./overview.ts";
import { batchSession } from "./session.ts";
import "../panels.css";
import "./batch.css";

/** The texts as the model would read them together: padded, cut, and with their masks. */
export function batchPanel(context: PartContext): Panel {
  const { t, pieces, guard } = context;
  const session = batchSession(context, update);
  const { memory, pages } = session;
  const described = div("b-described");
  const strip = div("b-strip");
  const below = div("b-warnings");
  const picture = overview(
    session,
    guard((row: number) => grid.goTo(row)),
  );
  const grid = batchGrid({ context, session, onRange: picture.frame, onActive: tell });
  const bar = controls(session, t, grid.first);
  const main = div("b-main", described, picture.element, grid.element, strip, below);
  const element = div("pane tok-batch", bar.element, session.problem, main);

  /** Says all about the active cell. */
  function tell(): void {
    const row = pages.get(memory.row);
    const cell = row?.cells[memory.column];
    const fact = (label: string, value: string | number) => span(muted(label, " "), value);
    fill(
      strip,
      row && fact(t("batch.text"), String(row.text)),
      fact(t("batch.position"), String(memory.column)),
      cell && h("span", {}, h("span", { class: "tok-bit" }, bdi(pieces.get(0, cell.id) ?? "…"))),
      cell && fact(t("id"), String(cell.id)),
      cell && fact("attention_mask", cell.flags & IGNORED ? 0 : 1),
      cell && context.state.summary.sources[0]?.types && fact("token_type_ids", cell.type),
      cell && h("strong", {}, inWords(cell.flags, t).join(" · ")),
      row && !cell && muted(t("batch.no-cell")),
      row && h("bdi", { class: "tfw-muted", dir: "auto" }, visible(row.label)),
    );
  }

  function update(): void {
    const { whole, answered } = memory;
    set(main, "aria-busy", pages.replacing);
    bar.update();
    if (!whole || !answered) return;
    main.hidden = false;
    fill(described, facts(whole, answered.batch_size, t));
    fill(below, ...warnings(whole, t));
    grid.update();
    picture.draw();
  }

  main.hidden = true;
  update();
  if (memory.answered !== memory.query) session.ask();

  return {
    element,
    layout() {
      session.restore(grid.element);
      grid.layout();
      picture.draw();
    },
    dispose() {
      bar.dispose();
      grid.dispose();
      session.dispose(grid.element);
    },
  };
}
