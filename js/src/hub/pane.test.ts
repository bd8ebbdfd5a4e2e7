import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadPart } from "../shared/part.ts";
import type { Host } from "./late.ts";
import { many, openHub } from "./testing.ts";

vi.mock("../shared/part.ts", () => ({ loadPart: vi.fn() }));

let view: ReturnType<typeof openHub>;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  view.clean();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("tells a part whether its model is in use now, whatever its row said once", async () => {
  let host: Host | undefined;
  const element = document.createElement("p");
  const exported = (given: Host) => {
    host = given;
    return { element, layout() {}, dispose() {} };
  };
  vi.mocked(loadPart).mockResolvedValue({ exported, css: "" });
  view = openHub();
  await view.answer("search", many(2));
  view.rows()[1]?.click();
  await vi.advanceTimersByTimeAsync(0);
  expect(view.one(".hub-part").contains(element)).toBe(true);
  expect(host?.isInUse()).toBe(false);
  view.receive({ type: "in_use", name: "org/model-1" });
  expect(host?.isInUse()).toBe(true);
  view.receive({ type: "in_use", name: "" });
  expect(host?.isInUse()).toBe(false);
});
