import { describe, expect, it } from "vitest";
import { ago, clock, count, day, size } from "./format.ts";

describe("values as text", () => {
  it("writes counts and sizes with three digits at most", () => {
    expect(
      [0, 999, 999_600, 1_250_000, 22_713_216, 7_241_732_096].map((n) => count(n, "en")),
    ).toEqual(["0", "999", "1\u202fM", "1.3\u202fM", "22.7\u202fM", "7.2\u202fB"]);
    expect(count(1_250_000, "de")).toBe("1,3\u202fM");
    expect(size(438_000_000, "en")).toBe("438\u202fMB");
    expect(size(12, "en")).toBe("12\u202fB");
    expect([count(null, "en"), size(Number.NaN, "en"), ago(null, "en")]).toEqual(["–", "–", "–"]);
  });

  it("says how long ago something was", () => {
    const now = 1_800_000_000;
    const texts = [30, 7200, 3 * 86_400, 40 * 86_400, 800 * 86_400].map((passed) =>
      ago(now - passed, "en", now),
    );
    expect(texts).toEqual(["now", "2 hours ago", "3 days ago", "last month", "2 years ago"]);
    expect(ago(now + 500, "de", now)).toBe("jetzt");
    expect(day(1e15, "en")).toBeNull();
  });

  it("counts down in minutes and seconds", () => {
    expect([245, 41.2, 0, -3].map(clock)).toEqual(["4:05", "0:42", "0:00", "0:00"]);
  });
});
