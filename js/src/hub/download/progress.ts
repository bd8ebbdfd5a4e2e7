import { h } from "../../shared/dom.ts";
import { visible } from "../../shared/text.ts";
import type { JobState } from "../details/model.ts";
import type { Words } from "../details/words.ts";
import { clock, size } from "../format.ts";

/** How far a download is: a bar, and the same in words. */
export function progressBar(t: Words) {
  const fill = h("div", { class: "hubd-bar-done" });
  const bar = h(
    "div",
    {
      class: "hubd-progress",
      role: "progressbar",
      "aria-label": t("download"),
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    fill,
  );
  const words = h("div", { class: "hubd-small hubd-progress-words" });
  const file = h("div", { class: "tfw-muted hubd-small hubd-progress-file" });
  return {
    element: h("div", { class: "hubd-progress-place" }, bar, words, file),
    update(job: JobState): void {
      const { done, total, rate } = job;
      const known = total > 0 && done <= total;
      const share = known ? done / total : 0;
      fill.style.inlineSize = `${(share * 100).toFixed(1)}%`;
      if (known) bar.setAttribute("aria-valuenow", String(Math.floor(share * 100)));
      else bar.removeAttribute("aria-valuenow");
      const text = progressText(job, t);
      bar.setAttribute("aria-valuetext", text);
      bar.toggleAttribute("data-waiting", !known);
      words.textContent = text;
      file.textContent = job.file && rate >= 0 ? visible(job.file) : "";
    },
  };
}

export function progressText(job: JobState, t: Words): string {
  const { state, done, total, rate } = job;
  const { language } = t;
  if (state === "waiting" || (total <= 0 && done <= 0 && !job.blocked))
    return t("download.waiting");
  // Some servers do not say how large a file is.
  const known = total > 0 && done <= total;
  const parts = [
    known
      ? t("download.progress", { done: size(done, language), total: size(total, language) })
      : t("download.so-far", { done: size(done, language) }),
  ];
  if (job.blocked) parts.push(t("download.blocked"));
  else if (state === "running" && rate > 0) {
    parts.push(t("download.rate", { rate: size(rate, language) }));
    const left = known ? (total - done) / rate : 0;
    if (left > 1) parts.push(t("download.left", { time: clock(left) }));
  }
  return parts.join(" · ");
}
