import { clock, short } from "../shared/chart/numbers.ts";
import { fill, h } from "../shared/dom.ts";
import { outside, visible } from "../shared/text.ts";
import type { Context, Section } from "./context.ts";
import { icon } from "./icon.ts";
import { monitored } from "./values.ts";
import { type WordKey, wordsOr } from "./words.ts";

/** More epochs than that leave no room for ticks. */
const MOST_TICKS = 60;
/** Share of the time waiting for data from which on it is worth a word. */
const WORTH_SAYING = 0.2;

/** Name, status, how far it is; of what is over, when it was and what came out. */
export function header({ session, t }: Context): Section {
  const pill = h("span", { class: "dash-pill" });
  const name = h("strong", { class: "dash-name" });
  const when = h("span", { class: "dash-when tfw-muted" });
  const bar = h("div", {
    class: "dash-progress",
    role: "progressbar",
    "aria-label": t("progress"),
  });
  const done = h("div", { class: "dash-done" });
  const marks = h("div", { class: "dash-ticks" });
  bar.append(done, marks);
  const facts = h("p", { class: "dash-facts" });
  const tiles = h("dl", { class: "dash-tiles" });
  const trouble = h("div", { class: "tfw-alert dash-trouble", role: "alert", hidden: true });
  const element = h(
    "header",
    { class: "dash-header" },
    h("div", { class: "dash-title" }, pill, name, when),
    bar,
    facts,
    trouble,
    tiles,
  );
  let status = "";
  let ticks = 0;
  let told = "";

  function date(seconds: number): string {
    const options = { dateStyle: "medium", timeStyle: "short" } as const;
    return new Intl.DateTimeFormat(t.language, options).format(1000 * seconds);
  }

  function update(): void {
    const { info, progress, ended } = session;
    if (!info) return;
    if (session.status !== status) {
      status = session.status;
      const shape = session.status;
      fill(pill, icon(shape), wordsOr(t, `status-${status}`, status));
      pill.dataset.status = status;
    }
    if (name.textContent !== visible(info.name)) fill(name, outside(info.name));
    when.textContent = ended
      ? info.ended
        ? t("ended-at", { when: date(info.ended) })
        : t("started-at", { when: date(info.started) })
      : "";
    const { step = 0, steps } = progress;
    const share = steps ? Math.min(1, step / steps) : 0;
    done.style.width = `${(100 * share).toFixed(2)}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    bar.dataset.status = status;
    const epochs = progress.epochs ?? 0;
    if (epochs !== ticks) {
      ticks = epochs;
      const count = epochs <= MOST_TICKS ? Math.max(0, epochs - 1) : 0;
      fill(
        marks,
        ...Array.from({ length: count }, (_, k) =>
          h("i", { style: { "inset-inline-start": `${(100 * (k + 1)) / epochs}%` } }),
        ),
      );
    }
    const now = ended ? after() : during();
    if (now.join() !== told) {
      told = now.join();
      fill(facts, ...now.map((text) => h("span", {}, text)));
    }
    const wrong =
      session.status === "lost"
        ? t("lost-why")
        : session.error
          ? t("failed-with", { error: visible(session.error) })
          : "";
    trouble.hidden = wrong === "";
    if (trouble.textContent !== wrong) trouble.textContent = wrong;
    showTiles();
  }

  function during(): string[] {
    const { epoch, epochs, batch, batches, left, phase } = session.progress;
    const { samples_per_second, tokens_per_second, waiting } = session.progress;
    const rate = (value: number) => short(value, t.language, 3);
    const said: string[] = [];
    const add = (key: WordKey, values: Record<string, string | number>) =>
      said.push(t(key, values));
    if (epoch !== undefined && epochs) {
      add("epoch-of", { epoch: Math.min(epoch + 1, epochs), epochs });
    }
    if (batch !== undefined && batches) {
      add(phase === "valid" ? "valid-of" : "batch-of", { batch: batch + 1, batches });
    }
    if (left !== null && left !== undefined) add("left", { time: clock(left) });
    if (samples_per_second) add("samples-rate", { rate: rate(samples_per_second) });
    if (tokens_per_second) add("tokens-rate", { rate: rate(tokens_per_second) });
    if (waiting && waiting > WORTH_SAYING) add("data-wait", { share: t.percent(waiting) });
    return said;
  }

  function after(): string[] {
    const { info, progress, epochs } = session;
    return [
      t("took", { time: clock(info?.seconds ?? 0) }),
      t("epochs", { n: epochs.filter(({ kind }) => kind === "epoch").length }),
      t("steps", { n: progress.step ?? 0 }),
    ];
  }

  /** The numbers that one looks for first. */
  function showTiles(): void {
    const { best, last, monitor } = monitored(session);
    const text = (value: number | null | undefined) =>
      value === null || value === undefined ? "–" : short(value, t.language, 4, true);
    const row = session.ended && best ? best : last;
    const found: [label: string, value: string, note: string][] = [];
    if (!session.ended || !row) {
      const loss = session.last("loss");
      // The smoothed one leaves out what is no number.
      const broken = loss !== undefined && !Number.isFinite(loss);
      found.push([
        t("chart-loss"),
        text(broken ? loss : session.last("smooth_loss")),
        t(broken ? "curve-loss" : "curve-smooth_loss"),
      ]);
    }
    for (const [label, value] of Object.entries(row?.values ?? {})) {
      const note =
        label === monitor && best
          ? row === best
            ? t("best-at", { epoch: best.epoch + 1 })
            : `${t("best")} ${text(best.values[label])}`
          : "";
      found.push([label, text(value), note]);
    }
    const lr = session.last("lr");
    // Who can steer sees it at the slider.
    if (!session.ended && !session.steerable && lr !== undefined)
      found.push([t("chart-lr"), short(lr, t.language, 3), ""]);
    const key = JSON.stringify(found);
    if (tiles.dataset.key === key) return;
    tiles.dataset.key = key;
    fill(
      tiles,
      ...found.map(([label, value, note]) =>
        h(
          "div",
          {},
          h("dt", {}, visible(label)),
          h("dd", {}, value),
          h("dd", { class: "dash-small" }, note),
        ),
      ),
    );
  }

  return { element, update };
}
