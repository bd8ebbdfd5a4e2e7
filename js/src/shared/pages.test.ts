import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PAGE, Pages } from "./pages.ts";

const rows = (start: number, count: number, name = "row") =>
  Array.from({ length: count }, (_, k) => `${name} ${start + k}`);

describe("Pages", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function open(known: number, total = 10_000) {
    const asked: { query: string; start: number; stop: number; signal: AbortSignal }[] = [];
    const answers: ((fail?: unknown) => Promise<void>)[] = [];
    const onChange = vi.fn();
    const onError = vi.fn();
    const pages = new Pages<string, string>({
      query: "all",
      first: { start: 0, total, rows: rows(0, known) },
      load: (query, start, stop, signal) => {
        asked.push({ query, start, stop, signal });
        return new Promise((resolve, reject) => {
          answers.push(async (fail) => {
            if (fail) reject(fail);
            else resolve({ start, total, rows: rows(start, stop - start, query) });
            await vi.advanceTimersByTimeAsync(0);
          });
        });
      },
      onChange,
      onError,
    });
    const rest = () => vi.advanceTimersByTimeAsync(100);
    return { pages, asked, answers, onChange, onError, rest };
  }

  it("asks nothing for rows that came with the widget", async () => {
    const { pages, asked, rest } = open(PAGE);
    pages.want(0, 20);
    await rest();
    expect(asked).toEqual([]);
    expect(pages.get(49)).toBe("row 49");
    expect(pages.get(50)).toBeUndefined();
  });

  it("completes a page of which only the beginning is known", async () => {
    const { pages, asked, answers, rest } = open(30);
    pages.want(0, 10);
    await rest();
    expect(pages.get(29)).toBe("row 29");
    expect(asked).toMatchObject([{ start: 0, stop: PAGE }]);
    await answers[0]?.();
    expect(pages.get(49)).toBe("all 49");
  });

  it("waits while rows fly past and asks only for those it stops at", async () => {
    const { pages, asked, answers, onChange, rest } = open(PAGE);
    for (let first = 0; first < 5_000; first += 500) {
      pages.want(first, first + 12);
      await vi.advanceTimersByTimeAsync(16);
    }
    pages.want(5_090, 5_102);
    await rest();
    expect(asked.map(({ start }) => start)).toEqual([5_050, 5_100]);
    pages.want(5_090, 5_102);
    await rest();
    expect(asked).toHaveLength(2);
    await answers[1]?.();
    expect(onChange).toHaveBeenCalledWith(false);
    expect(pages.get(5_101)).toBe("all 5101");
  });

  it("drops requests for rows that are off the screen by now", async () => {
    const { pages, asked, rest } = open(PAGE);
    pages.want(1_000, 1_010);
    await rest();
    pages.want(3_000, 3_010);
    await rest();
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it("keeps the old rows until a new query is answered, and then only the new", async () => {
    const { pages, answers, onChange, rest } = open(PAGE);
    pages.ask("sorted");
    await rest();
    expect(pages.replacing).toBe(true);
    expect([pages.query, pages.get(0)]).toEqual(["all", "row 0"]);
    await answers[0]?.();
    expect(onChange).toHaveBeenCalledWith(true);
    expect([pages.query, pages.get(0)]).toEqual(["sorted", "sorted 0"]);
  });

  it("answers the last of several queries, whatever order replies come in", async () => {
    const { pages, answers, onChange } = open(PAGE);
    pages.ask("a");
    pages.ask("ab", 120);
    await answers[1]?.();
    await answers[0]?.();
    expect(onChange).toHaveBeenCalledTimes(1);
    expect([pages.query, pages.get(100)]).toEqual(["ab", "ab 100"]);
  });

  it("stops asking after an error until it is told to try again", async () => {
    const { pages, asked, answers, onError, rest } = open(PAGE);
    pages.want(200, 210);
    await rest();
    await answers[0]?.(new Error("out of memory"));
    expect(onError).toHaveBeenCalledWith(new Error("out of memory"), expect.any(Function));
    pages.want(200, 211);
    await rest();
    expect(asked).toHaveLength(1);
    onError.mock.calls[0]?.[1]();
    await answers[1]?.();
    expect(pages.get(205)).toBe("all 205");
  });

  it("forgets the pages that were looked at longest ago", async () => {
    const { pages, answers, rest } = open(PAGE);
    for (let page = 1; page <= 30; page++) {
      pages.want(page * PAGE, page * PAGE + 5);
      await rest();
      await answers[page - 1]?.();
    }
    expect(pages.get(0)).toBeUndefined();
    expect(pages.get(PAGE)).toBeUndefined();
    expect(pages.get(30 * PAGE)).toBe("all 1500");
    expect(pages.get(20 * PAGE)).toBe("all 1000");
  });

  it("asks nothing any more when disposed", async () => {
    const { pages, asked, onChange, answers, rest } = open(PAGE);
    pages.ask("sorted");
    pages.want(500, 510);
    pages.dispose();
    await rest();
    await answers[0]?.();
    expect(asked).toHaveLength(1);
    expect(onChange).not.toHaveBeenCalled();
  });
});
