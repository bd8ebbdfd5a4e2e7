import { alert } from "../../shared/alert.ts";
import { frame, hiDpi } from "../../shared/canvas.ts";
import { fill, h } from "../../shared/dom.ts";
import { onTheme } from "../../shared/on-theme.ts";
import { isAbort } from "../../shared/protocol.ts";
import { rest } from "../../shared/rest.ts";
import { palette } from "../colours.ts";
import type { Section } from "../context.ts";
import { plainKey, stepKeys } from "../keys.ts";
import { nameOf } from "../names.ts";
import type { PartContext } from "../part-words.ts";
import { weightText } from "../weight-text.ts";
import { columns, type Found, HEAD, paintPair, paintTable, ROW } from "./paint.ts";
import { extremes, products } from "./products.ts";
import { rgbOf } from "./strips.ts";
import { keyWindow, MOST_KEYS, turned } from "./window.ts";
import "./neuron.css";

const PATIENCE = 60;
const PAIR = 84;
const LISTED = 4;
const TALLEST = 380;
const none = new Float32Array();

/** How the weights of a query come about: q, the keys' k, their products, scores and weights. */
export function neuronSection(context: PartContext): Section {
  const { session, kernel, t, guard } = context;
  const table = hiDpi({
    class: "att-n-table",
    tabindex: 0,
    role: "application",
    "aria-label": t("neuron.label"),
  });
  const pair = hiDpi({ class: "att-n-pair", "aria-hidden": true });
  const signs = ["plus", "minus", "nan"].map((sign) => h("span", { class: `att-n-${sign}` }));
  const message = h("p", { class: "tfw-note", hidden: true });
  const problem = h("div", { class: "tfw-problem" });
  const query = h("b", { class: "att-n-query" });
  const keys = h("span", { class: "att-n-keys" });
  const note = h("p", { class: "tfw-muted" });
  const line = h("p", { class: "att-n-line", role: "status" });
  const dimensions = h("p", { class: "att-n-dimensions" });
  const button = (label: string, sign: string, act: () => void) =>
    h(
      "button",
      {
        type: "button",
        class: "tfw-button att-n-step",
        "aria-label": label,
        title: label,
        onclick: guard(act),
      },
      sign,
    );
  const pages = h(
    "span",
    { class: "att-n-choice" },
    button(t("neuron.earlier"), "‹", () => turn(-1)),
    keys,
    button(t("neuron.later"), "›", () => turn(1)),
  );
  const scroller = h("div", { class: "att-n-scroll" }, table.element);
  const body = h(
    "div",
    { class: "att-n-body" },
    h(
      "div",
      { class: "att-n-bar" },
      h(
        "span",
        { class: "att-n-choice" },
        h("span", {}, t("neuron.query")),
        button(t("neuron.before"), "‹", () => ask(at.query - 1)),
        query,
        button(t("neuron.next"), "›", () => ask(at.query + 1)),
      ),
      pages,
    ),
    scroller,
    line,
    pair.element,
    dimensions,
    note,
  );
  const element = h(
    "div",
    { class: "att-n" },
    message,
    body,
    problem,
    h("span", { hidden: true }, ...signs),
  );
  let width = 0;
  /** What is shown, or asked for: a key counts from the first of the window. */
  let at = { query: 0, window: [0, 0] as [number, number], key: 0 };
  let found: { neuron: Found; query: number; window: [number, number] } | undefined;
  let revealing = false;
  let asked = new AbortController();
  let colours: (ReturnType<typeof palette> & ReturnType<typeof signColours>) | undefined;

  const hidden = () => width === 0 || element.closest("[hidden]") !== null;
  const signColours = () => {
    const [plus, minus, nan] = signs.map(rgbOf);
    const none: [number, number, number] = [0, 0, 0];
    return { plus: plus ?? none, minus: minus ?? none, nan: nan ?? none };
  };
  const axes = () => {
    const { opened, pane } = session;
    return { queries: opened?.axes[pane?.queries ?? 0], keys: opened?.axes[pane?.keys ?? 0] };
  };
  const score = (value: number) => {
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
    return digits.format(value);
  };
  const digits = new Intl.NumberFormat(t.language, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });

  const drawing = frame(
    guard(() => {
      if (!found || hidden()) return;
      const { neuron, window } = found;
      const { queries, keys } = axes();
      const shape = columns(scroller.clientWidth || width);
      const count = neuron.scores.length;
      colours ??= { ...palette(element), ...signColours() };
      const brush = table.size(shape.width, HEAD + (count + 1) * ROW);
      if (brush) {
        paintTable(brush, shape, {
          found: neuron,
          names: {
            query: nameOf(queries, found.query),
            keys: Array.from({ length: count }, (_, k) => nameOf(keys, window[0] + k)),
          },
          selected: at.key,
          focused: table.element.matches(":focus-visible"),
          colours,
          titles: {
            key: t("neuron.key"),
            product: t("neuron.product"),
            score: t("neuron.score"),
            weight: t("neuron.weight"),
          },
          number: score,
          weight: (value) => weightText(t, value),
        });
      }
      // Not before: only now it is as high as its rows.
      if (revealing) reveal();
      revealing = false;
      const large = pair.size(shape.width, PAIR);
      if (large) {
        paintPair(large, shape.width, PAIR, products(neuron.q, neuron.k, at.key), colours);
      }
    }),
  );

  /** In words, what the pictures show of the pair. */
  function tell(): void {
    if (!found) return;
    const { neuron, window } = found;
    const names = axes();
    const each = products(neuron.q, neuron.k, at.key);
    const sum = each.reduce((total, value) => total + value, 0);
    line.textContent = t("neuron.sum", {
      query: nameOf(names.queries, found.query),
      key: nameOf(names.keys, window[0] + at.key),
      q: t.number(found.query),
      k: t.number(window[0] + at.key),
      sum: score(sum),
      scale: new Intl.NumberFormat(t.language, { maximumSignificantDigits: 4 }).format(
        neuron.scale,
      ),
      score: score(neuron.scores[at.key] ?? Number.NaN),
      weight: weightText(t, neuron.weights[at.key] ?? Number.NaN),
    });
    const { most, least } = extremes(each, LISTED);
    const list = (chosen: number[]) =>
      chosen
        .map((k) => `${k} (${(each[k] ?? 0) > 0 ? "+" : "−"}${score(Math.abs(each[k] ?? 0))})`)
        .join(", ") || "–";
    dimensions.textContent = t("neuron.dimensions", { most: list(most), least: list(least) });
    const extras = neuron.extras.map((extra) =>
      extra === "bias" || extra === "softcap" || extra === "sink"
        ? t(`neuron.extra.${extra}`)
        : extra,
    );
    const heads =
      session.heads.length > 1 && t("neuron.first-head", { head: String(session.heads[0]) });
    note.textContent = [heads, ...extras].filter(Boolean).join(" ");
    note.hidden = note.textContent === "";
  }

  function refused(): string {
    if (session.lens.words) return t("neuron.words");
    if (session.kind === "rollout") return t("neuron.rollout");
    return "";
  }

  /** Shows another query, with the keys around the one at hand. */
  function ask(unit: number, key: number | null = null, window?: [number, number]): void {
    const { pane } = session;
    const names = axes();
    const reason = refused();
    message.textContent = reason;
    message.hidden = reason === "";
    body.hidden = reason !== "";
    if (!pane || reason || !names.queries?.count || !names.keys?.count) return;
    const goal = Math.max(0, Math.min(unit, names.queries.count - 1));
    const same = pane.queries === pane.keys;
    // What is behind the query has no part in it.
    const count = same && pane.causal ? goal + 1 : names.keys.count;
    const shown = window ?? keyWindow({ count, query: goal, key, same });
    const place = key === null ? 0 : key - shown[0];
    at = { query: goal, window: shown, key: Math.max(0, Math.min(place, shown[1] - shown[0] - 1)) };
    query.textContent = nameOf(names.queries, goal);
    keys.textContent = t("neuron.keys", { from: shown[0], to: shown[1] - 1, n: count });
    pages.hidden = count <= shown[1] - shown[0];
    const rows = Math.min(MOST_KEYS, names.keys.count) + 1;
    scroller.style.height = `${Math.min(TALLEST, HEAD + rows * ROW + 2)}px`;
    soon.later();
  }

  const soon = rest(async () => {
    if (hidden() || refused()) return;
    const { item, kind, layer, heads, lens } = session;
    const { query, window } = at;
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const reply = await kernel.neuron(
        { item, kind, layer, head: heads[0] ?? 0, lens, query, keys: window },
        signal,
      );
      if (signal.aborted) return;
      fill(problem);
      const { q = none, k = none, scores = none, weights = none } = reply;
      const neuron = { ...reply, q, k, scores, weights };
      // The key at hand, unless the reader has chosen one: the one that counts most.
      if (chosen === null) at.key = heaviest(neuron.weights);
      found = { neuron, query, window };
      revealing = true;
      tell();
      drawing.ask();
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      fill(
        problem,
        alert(error, t, () => void soon.now()),
      );
    }
  }, PATIENCE);

  /** A key that the reader has chosen. */
  let chosen: number | null = null;

  function follow(): void {
    const { pinned, hovered } = session;
    const query = pinned?.query ?? hovered.query;
    const key = pinned ? pinned.key : hovered.key;
    if (hidden()) return;
    if (query === null || query === undefined) {
      if (!found) refresh();
      return;
    }
    if (query === at.query && found && (key === null || inside(key))) {
      if (key !== null && key !== at.window[0] + at.key) select(key - at.window[0]);
      return;
    }
    chosen = key;
    ask(query, key);
  }

  const inside = (key: number) => key >= at.window[0] && key < at.window[1];

  function select(key: number): void {
    const count = at.window[1] - at.window[0];
    at.key = Math.max(0, Math.min(key, count - 1));
    chosen = at.window[0] + at.key;
    tell();
    drawing.ask();
  }

  function turn(by: 1 | -1): void {
    const { pane } = session;
    const all =
      pane?.causal && pane.queries === pane.keys ? at.query + 1 : (axes().keys?.count ?? 0);
    chosen = null;
    ask(at.query, null, turned(at.window, by, all));
  }

  function refresh(): void {
    const { pinned, hovered } = session;
    chosen = pinned?.key ?? chosen;
    const first = session.pane?.causal ? Number.MAX_SAFE_INTEGER : 0;
    ask(pinned?.query ?? hovered.query ?? (found ? at.query : first), chosen);
  }

  function pinHere(): void {
    session.pin({ query: at.query, key: at.window[0] + at.key });
  }

  table.element.onclick = guard((event: MouseEvent) => {
    const key = Math.floor((event.offsetY - HEAD - ROW) / ROW);
    if (key < 0 || !found || key >= found.neuron.scores.length) return;
    select(key);
    pinHere();
  });
  table.element.onkeydown = guard((event: KeyboardEvent) => {
    const key = plainKey(event);
    if (key === undefined) return;
    const acts: Record<string, () => void> = {
      ArrowDown: () => select(at.key + 1),
      ArrowUp: () => select(at.key - 1),
      ArrowLeft: () => ask(at.query - 1),
      ArrowRight: () => ask(at.query + 1),
      Home: () => select(0),
      End: () => select(Number.MAX_SAFE_INTEGER),
      Enter: pinHere,
      " ": pinHere,
      ...stepKeys(session),
    };
    if (session.pinned) acts.Escape = () => session.pin(undefined);
    const act = acts[key];
    if (!act) return;
    act();
    reveal();
    event.preventDefault();
    event.stopPropagation();
  });
  table.element.onfocus = () => drawing.ask();
  table.element.onblur = () => drawing.ask();

  function reveal(): void {
    const top = HEAD + ROW + at.key * ROW;
    const { scrollTop, clientHeight } = scroller;
    if (top < scrollTop + HEAD) scroller.scrollTop = top - HEAD - ROW;
    else if (top + ROW > scrollTop + clientHeight) scroller.scrollTop = top + ROW - clientHeight;
  }

  const other = guard(() => {
    if (!hidden()) refresh();
  });
  const forget = [
    session.on(
      "opened",
      guard(() => {
        chosen = null;
        found = undefined;
        other();
      }),
    ),
    session.on("matrix", other),
    session.on("cell", guard(follow)),
    onTheme(() => {
      colours = undefined;
      drawing.ask();
    }),
  ];
  return {
    element,
    layout(now) {
      const before = width;
      width = now > 0 ? element.clientWidth || now : 0;
      if (before === 0 || !found) refresh();
      else follow();
      drawing.ask();
    },
    dispose() {
      for (const each of forget) each();
      drawing.stop();
      soon.stop();
      asked.abort();
    },
  };
}

function heaviest(weights: Float32Array): number {
  let best = 0;
  for (let k = 1; k < weights.length; k++) {
    if ((weights[k] ?? 0) > (weights[best] ?? 0)) best = k;
  }
  return best;
}
