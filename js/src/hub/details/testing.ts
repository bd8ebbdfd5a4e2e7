import { vi } from "vitest";
import type { Language } from "../../shared/i18n.ts";
import { Channel } from "../../shared/protocol.ts";
import { fakeModel } from "../../shared/testing.ts";
import type { Host, Opened } from "../late.ts";
import type { HubRow } from "../model.ts";
import { row } from "../testing.ts";
import { type Details, ofRow } from "./model.ts";

export const hubRow = (change: Partial<HubRow> = {}) =>
  row(0, {
    key: "hub:org/tiny",
    id: "org/tiny",
    languages: ["de"],
    params: 22_713_216,
    size: 91_000_000,
    downloads: 1234,
    likes: 5,
    updated: 1_700_000_000,
    url: "https://hub.example/org/tiny",
    ...change,
  });

/** What the kernel sends once it has asked the hub. */
export function told(change: Partial<Details> = {}): Details {
  const plan = {
    total: 91_000_000,
    missing: 91_000_000,
    free: 40e9,
    enough: true,
    files: 5,
    here: 0,
    refused: null,
  };
  return { ...ofRow(hubRow()), plan, complete: true, ...change };
}

/** A part by itself on the page, with a kernel that says what a test makes it say. */
export function openPart(
  mount: (host: Host) => Opened,
  row: HubRow | undefined,
  language: Language = "en",
) {
  const fake = fakeModel({ language, place: "here", query: {} });
  const channel = new Channel(fake.model);
  const went: string[] = [];
  const used: { name?: string } = {};
  const opened = mount({
    channel,
    language,
    guard: (callback) => callback,
    row,
    onUse: (name) => went.push(`use ${name}`),
    onSearch: (text) => went.push(`search ${text}`),
    isInUse: () => (used.name === undefined ? (row?.inUse ?? false) : used.name === row?.id),
  });
  document.body.append(opened.element);
  const all = (selector: string) => [...opened.element.querySelectorAll<HTMLElement>(selector)];
  const last = (type: string) => fake.sent.filter((sent) => sent.type === type).at(-1);
  const settle = () => vi.advanceTimersByTimeAsync(0);
  return {
    ...fake,
    opened,
    went,
    used,
    channel,
    all,
    last,
    settle,
    shown: (selector: string) => all(selector).filter((found) => !found.closest("[hidden]")),
    text: () => opened.element.textContent ?? "",
    button: (text: string) =>
      all("button").find(
        (found) => found.textContent === text && !found.closest("[hidden]"),
      ) as HTMLButtonElement,
    async answer(type: string, ok: unknown) {
      fake.receive({ id: last(type)?.id, ok });
      await settle();
    },
    async progress(type: string, progress: unknown) {
      fake.receive({ id: last(type)?.id, progress });
      await settle();
    },
    async fail(type: string, error: string) {
      fake.receive({ id: last(type)?.id, error });
      await settle();
    },
    async job(change: object) {
      const job = {
        state: "running",
        done: 0,
        total: 0,
        rate: 0,
        file: null,
        blocked: false,
        problem: null,
      };
      fake.receive({ type: "job", key: row?.key, ...job, ...change });
      await settle();
    },
    clean() {
      opened.dispose();
      opened.element.remove();
      channel.dispose();
    },
  };
}
