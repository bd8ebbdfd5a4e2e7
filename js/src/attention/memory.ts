/** Remembers what was used last, up to a size. */
export class Memory<Value> {
  #known = new Map<string, Value>();
  #size = 0;
  #limit: number;
  #sizeOf: (value: Value) => number;

  constructor(limit: number, sizeOf: (value: Value) => number) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
  }

  get(key: string): Value | undefined {
    const value = this.#known.get(key);
    if (value !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, value);
    }
    return value;
  }

  set(key: string, value: Value): void {
    const before = this.#known.get(key);
    if (before !== undefined) this.#size -= this.#sizeOf(before);
    this.#known.delete(key);
    this.#known.set(key, value);
    this.#size += this.#sizeOf(value);
    for (const [oldest, old] of this.#known) {
      if (this.#size <= this.#limit || oldest === key) break;
      this.#known.delete(oldest);
      this.#size -= this.#sizeOf(old);
    }
  }
}
