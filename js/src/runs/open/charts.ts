import { chart } from "../../shared/chart/chart.ts";
import type { Chart, ChartOptions } from "../../shared/chart/types.ts";
import type { Words } from "./words.ts";

type Given = Pick<ChartOptions, "title" | "series" | "zoom" | "guard"> & Partial<ChartOptions>;

/** A chart with the words of this view. */
export function makeChart(t: Words, options: Given): Chart {
  return chart({
    language: t.language,
    words: { empty: t("chart.empty"), step: t("chart.step"), keys: t("chart.keys") },
    ...options,
  });
}
