import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { h } from "./dom.ts";
import { VirtualList } from "./virtual-list.ts";

const HEIGHT = 30;

describe("VirtualList", () => {
  let body: HTMLElement;
  let scroller: HTMLElement;
  let list: VirtualList;
  const created: HTMLElement[] = [];
  const onRange = vi.fn();
  const onOpen = vi.fn();

  beforeEach(() => {
    created.length = 0;
    onRange.mockClear();
    onOpen.mockClear();
    body = h("div");
    scroller = h("div", { tabindex: 0 }, h("button"), body);
    Object.defineProperty(scroller, "clientHeight", { value: 300 });
    document.body.append(scroller);
    list = new VirtualList({
      scroller,
      body,
      create: () => {
        const element = h("div", { role: "row" });
        created.push(element);
        return {
          element,
          show: (index) => {
            element.textContent = `row ${index}`;
          },
        };
      },
      onRange,
      onOpen,
    });
    list.reshape(HEIGHT, 1);
    list.update(10_000);
  });

  afterEach(() => {
    list.dispose();
    scroller.remove();
  });

  const shown = () => [...body.children].map((row) => Number(row.textContent?.slice(4)));
  const scrollTo = (top: number) => {
    scroller.scrollTop = top;
    list.render();
  };
  const press = (key: string, target: HTMLElement = scroller) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
    return event;
  };
  const active = () =>
    document.getElementById(scroller.getAttribute("aria-activedescendant") ?? "")?.textContent;

  it("makes elements only for rows near the screen, in a body as high as all", () => {
    expect(body.style.height).toBe("300000px");
    expect(shown()).toEqual(Array.from({ length: 17 }, (_, k) => k));
    expect(onRange).toHaveBeenLastCalledWith(0, 10);
  });

  it("recycles elements and keeps them in reading order, down, up and far away", () => {
    const sorted = () => shown().every((row, k, all) => k === 0 || row === (all[k - 1] ?? 0) + 1);
    for (const top of [90, 400, 350, 150_000, 149_000, 299_700, 0]) {
      scrollTo(top);
      expect(sorted()).toBe(true);
      expect(shown()).toContain(top / HEIGHT - ((top / HEIGHT) % 1));
      expect(body.children.length).toBeLessThanOrEqual(24);
    }
    expect(created.length).toBeLessThanOrEqual(30);
  });

  it("says where a row is, counting the header", () => {
    scrollTo(3_000);
    const row = [...body.children].find(({ textContent }) => textContent === "row 100");
    expect(row?.getAttribute("aria-rowindex")).toBe("102");
    expect((row as HTMLElement).style.transform).toBe("translateY(3000px)");
  });

  it("moves the active row with the keys and brings it into sight", () => {
    press("ArrowDown");
    press("ArrowDown");
    press("ArrowUp");
    expect(active()).toBe("row 1");
    press("PageDown");
    expect(active()).toBe("row 10");
    press("End");
    expect(active()).toBe("row 9999");
    expect(scroller.scrollTop).toBe(10_000 * HEIGHT - 300);
    press("ArrowDown");
    expect(active()).toBe("row 9999");
    press("Home");
    expect(active()).toBe("row 0");
    expect(scroller.scrollTop).toBe(0);
  });

  it("opens the active row with Enter and leaves other keys and other targets alone", () => {
    press("ArrowDown");
    expect(press("Enter").defaultPrevented).toBe(true);
    expect(onOpen).toHaveBeenCalledWith(1, "keyboard");
    expect(press("x").defaultPrevented).toBe(false);
    press("Enter", scroller.querySelector("button") as HTMLElement);
    expect(onOpen).toHaveBeenCalledOnce();
  });

  it("opens the row that is clicked", () => {
    (body.children[3] as HTMLElement).click();
    expect(onOpen).toHaveBeenCalledWith(3, "pointer");
    expect(active()).toBe("row 3");
  });

  it("keeps the first row in place when rows change their height", () => {
    scrollTo(3_000);
    list.reshape(60, 0);
    expect(scroller.scrollTop).toBe(6_000);
    expect(onRange.mock.lastCall?.[0]).toBe(100);
  });

  it("shows fewer rows, and none", () => {
    press("End");
    list.update(3);
    scrollTo(0);
    expect(shown()).toEqual([0, 1, 2]);
    expect(list.active).toBe(2);
    onRange.mockClear();
    list.update(0);
    expect(shown()).toEqual([]);
    expect(onRange).not.toHaveBeenCalled();
    press("Enter");
    expect(onOpen).not.toHaveBeenCalled();
  });
});
