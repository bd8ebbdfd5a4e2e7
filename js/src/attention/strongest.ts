/**
 * The places of the largest values, largest first. What is no number, or below `least`, is no
 * candidate.
 */
export function strongest(values: ArrayLike<number>, count: number, least = 1e-6): number[] {
  const best: number[] = [];
  const at = (place: number | undefined) => (place === undefined ? 0 : (values[place] ?? 0));
  for (let k = 0; k < values.length; k++) {
    const value = at(k);
    if (!(value >= least) || (best.length === count && value <= at(best.at(-1)))) continue;
    let place = best.length;
    while (place > 0 && value > at(best[place - 1])) place--;
    best.splice(place, 0, k);
    if (best.length > count) best.pop();
  }
  return best;
}
