/** What stands at an axis: round numbers, about `wanted` of them, inside of a range. */
export function ticks(low: number, high: number, wanted: number): number[] {
  if (!(high > low) || wanted < 1) return Number.isFinite(low) ? [low] : [];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  // The nearest of 1, 2, 5 and 10 by ratio.
  const step =
    power * (share > Math.sqrt(50) ? 10 : share > Math.sqrt(10) ? 5 : share > Math.sqrt(2) ? 2 : 1);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => {
    // 3 * 0.1 is 0.30000000000000004: what is shown should be what is meant.
    return Number(((first + k) * step).toPrecision(12));
  });
}

/** Powers of ten; with 2 and 5 between them, or evenly spaced numbers, where there are few. */
export function logTicks(low: number, high: number, wanted: number): number[] {
  if (!(low > 0 && high > low)) return low > 0 ? [low] : [];
  const decades = Math.log10(high / low);
  if (decades < 0.7) return ticks(low, high, wanted).filter((value) => value > 0);
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const every = Math.max(1, Math.ceil(decades / wanted));
  const between = decades * 3 <= wanted + 2 ? [1, 2, 5] : [1];
  const found: number[] = [];
  for (let power = from; power <= to; power += every) {
    for (const factor of between) {
      const value = Number((factor * 10 ** power).toPrecision(12));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  }
  return found.length > 1 ? found : ticks(low, high, wanted).filter((value) => value > 0);
}

/** A range of values, or nothing where there is no number. */
export type Extent = [low: number, high: number] | undefined;

/** The range that is shown for values: with some air, from 0 on where that is near. */
export function shown(extent: Extent, log: boolean): [number, number] {
  if (!extent) return log ? [0.1, 1] : [0, 1];
  const [low, high] = extent;
  if (log) {
    const air = low === high ? 2 : (high / low) ** 0.05;
    return [low / air, high * air];
  }
  if (low === 0 && high === 0) return [0, 1];
  if (low === high) {
    const air = Math.abs(low) / 4;
    return [low - air, high + air];
  }
  const air = (high - low) * 0.06;
  return [low >= 0 && low < 0.35 * high ? 0 : low - air, high + air];
}
