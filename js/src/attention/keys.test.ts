import { describe, expect, it } from "vitest";
import { plainKey, stepKeys } from "./keys.ts";
import { axis, openedWith } from "./part-testing.ts";
import { Session } from "./session.ts";

const pressed = (key: string, ...held: ("ctrlKey" | "altKey" | "metaKey")[]) =>
  plainKey({
    key,
    ctrlKey: held.includes("ctrlKey"),
    altKey: held.includes("altKey"),
    metaKey: held.includes("metaKey"),
  });

describe("keys", () => {
  it("are brackets also where they need AltGr or Option", () => {
    expect(pressed("]")).toBe("]");
    expect(pressed("[", "altKey")).toBe("[");
    expect(pressed("]", "ctrlKey", "altKey")).toBe("]");
  });

  it("are no commands of the browser", () => {
    expect(pressed("]", "ctrlKey")).toBeUndefined();
    expect(pressed("]", "metaKey")).toBeUndefined();
    expect(pressed("[", "metaKey", "altKey")).toBeUndefined();
    expect(pressed("ArrowLeft", "altKey")).toBeUndefined();
    expect(pressed("0", "ctrlKey", "altKey")).toBeUndefined();
  });
});

describe("a step to another head", () => {
  const from = (heads: number[], key: string) => {
    const session = new Session();
    const opened = openedWith([axis(["a"])]);
    for (const pane of opened.panes) pane.heads = [4, 4];
    session.open(opened, []);
    session.choose({ heads });
    stepKeys(session)[key]?.();
    return session.heads;
  };

  it("goes on from one head, and stays at the ends", () => {
    expect([from([1], "]"), from([1], ",")]).toEqual([[2], [0]]);
    expect([from([3], "."), from([0], "[")]).toEqual([[3], [0]]);
  });

  it("goes on from the last or the first of several", () => {
    expect([from([1, 2], "]"), from([1, 2], "[")]).toEqual([[3], [0]]);
    expect([from([2, 3], "]"), from([0, 2], "[")]).toEqual([[3], [0]]);
  });

  it("begins at an end where all are averaged", () => {
    const all = [0, 1, 2, 3];
    expect([from(all, "]"), from(all, "[")]).toEqual([[0], [3]]);
  });
});
