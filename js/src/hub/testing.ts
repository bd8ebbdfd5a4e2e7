import { vi } from "vitest";
import { fakeModel } from "../shared/testing.ts";
import widget from "./index.ts";
import type { HubRow, HubState, RowsPayload } from "./model.ts";

export function row(k: number, change: Partial<HubRow> = {}): HubRow {
  return {
    key: `hub:org/model-${k}`,
    id: `org/model-${k}`,
    source: "hub",
    task: "fill-mask",
    languages: ["en"],
    license: "mit",
    params: 110_000_000,
    dtype: "float32",
    size: 438_000_000,
    downloads: 1200 - k,
    likes: 7,
    updated: 1_795_000_000,
    gated: false,
    cached: false,
    private: false,
    disabled: false,
    missing: 0,
    notes: [],
    inUse: false,
    family: "bert",
    author: "org",
    url: null,
    ...change,
  };
}

export const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, k) => row(from + k));

export const press = (target: Element, key: string) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

/** The widget on the page, with a kernel that says what a test makes it say. */
export function openHub(query: HubState["query"] = {}, language: HubState["language"] = "en") {
  const fake = fakeModel<HubState>({ language, place: "here", query });
  const el = document.createElement("div");
  el.style.fontSize = "13px"; // as in JupyterLab: rows grow with their letters
  document.body.append(el);
  const close = widget.render({ model: fake.model, el });
  const all = (selector: string) => [...el.querySelectorAll<HTMLElement>(selector)];
  const one = (selector: string) => all(selector)[0] as HTMLElement;
  const of = (type: string) => fake.sent.filter((sent) => sent.type === type);
  const last = (type: string) => of(type).at(-1);
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const payload = (rows: HubRow[], change: Partial<RowsPayload> = {}): RowsPayload => ({
    start: 0,
    rows,
    known: rows.length,
    more: false,
    facets: {},
    problem: null,
    notes: [],
    counts: {},
    ...change,
  });
  return {
    ...fake,
    el,
    all,
    one,
    of,
    last,
    named: (name: string) => one(`[aria-label="${name}"]`) as HTMLInputElement,
    button: (text: string) =>
      all("button").find((found) => found.textContent === text) as HTMLButtonElement,
    rows: () => all(".tfw-rows-body > [role=row]"),
    text: () => one(".hub-count").textContent,
    async progress(rows: HubRow[], change: Partial<RowsPayload> = {}) {
      fake.receive({ id: last("search")?.id, progress: payload(rows, { more: true, ...change }) });
      await settle();
    },
    async answer(type: string, rows: HubRow[], change: Partial<RowsPayload> = {}) {
      fake.receive({ id: last(type)?.id, ok: payload(rows, change) });
      await settle();
    },
    async fail(type: string, error: string) {
      fake.receive({ id: last(type)?.id, error });
      await settle();
    },
    async choose(name: string, value: string) {
      const field = this.named(name) as unknown as HTMLSelectElement;
      field.value = value;
      field.dispatchEvent(new Event("change"));
      await settle();
    },
    async type(text: string) {
      const field = this.named("Search for models");
      field.value = text;
      field.dispatchEvent(new Event("input"));
      await settle();
    },
    clean() {
      close();
      el.remove();
    },
  };
}
