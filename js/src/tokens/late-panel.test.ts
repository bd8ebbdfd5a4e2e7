import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { latePanel } from "./late-panel.ts";
import { openPanel } from "./panel-testing.ts";
import type { Session } from "./session.ts";

const make = latePanel("stages");

describe("a panel that comes late", () => {
  let view: ReturnType<typeof openPanel>;

  beforeEach(() => {
    vi.useFakeTimers();
    view = openPanel((context) => make(context as never, {} as Session));
  });
  afterEach(() => {
    view.clean();
    vi.useRealTimers();
  });

  it("is asked for by its name, and says so until it is there", () => {
    expect(view.sent).toMatchObject([{ type: "part", name: "stages" }]);
    expect(view.text()).not.toBe("");
  });

  it("shows what went wrong, and asks again", async () => {
    await view.fail("This view has no part <b>");
    expect(view.one("[role=alert]").textContent).toContain("This view has no part <b>");
    view.button("Try again").click();
    expect(view.sent).toHaveLength(2);
  });
});
