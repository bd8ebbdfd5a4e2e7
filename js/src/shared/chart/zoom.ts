/** A range of steps, ends included. */
export type Range = [first: number, last: number];

/**
 * What part of the steps is on screen, for all charts of a view, and the step under the crosshair.
 *
 * A chart that nobody zoomed follows a growing curve; one that somebody did stays where it is.
 */
export class Zoom {
  #chosen: Range | undefined;
  #whole: Range = [0, 1];
  #cursor: number | undefined;
  #listeners = new Set<(what: "range" | "cursor") => void>();

  on(listener: (what: "range" | "cursor") => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get zoomed(): boolean {
    return this.#chosen !== undefined;
  }

  get range(): Range {
    return this.#chosen ?? this.#whole;
  }

  get whole(): Range {
    return this.#whole;
  }

  /** The step that a reader points at. */
  get cursor(): number | undefined {
    return this.#cursor;
  }

  /** The steps that there are: grows with a training. */
  extend(first: number, last: number): void {
    const [from, to] = this.#whole;
    const end = Math.max(last, first + 1);
    if (from === first && to === end) return;
    this.#whole = [first, end];
    if (!this.#chosen) this.#tell("range");
  }

  look([first, last]: Range): void {
    const [from, to] = this.#whole;
    const wide = Math.min(Math.max(last - first, 2), to - from);
    const start = Math.min(Math.max(first, from), to - wide);
    const whole = wide >= (to - from) * 0.999;
    if (whole && !this.#chosen) return;
    this.#chosen = whole ? undefined : [start, start + wide];
    this.#tell("range");
  }

  /** Closer (a factor below 1) or farther around a step. */
  scale(factor: number, around: number): void {
    const [first, last] = this.range;
    this.look([around - (around - first) * factor, around + (last - around) * factor]);
  }

  reset(): void {
    if (!this.#chosen) return;
    this.#chosen = undefined;
    this.#tell("range");
  }

  point(step: number | undefined): void {
    if (step === this.#cursor) return;
    this.#cursor = step;
    this.#tell("cursor");
  }

  #tell(what: "range" | "cursor"): void {
    for (const listener of [...this.#listeners]) listener(what);
  }
}
