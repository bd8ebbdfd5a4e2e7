import type { CommandEvent, Said } from "./model.ts";

export type AskedState = { state: "asked" } | { state: "refused"; why: Said };

/** What names a command among those that may be asked for at the same time. */
export function commandKey(command: string, values: Record<string, unknown> = {}): string {
  const what = values.group ?? values.name;
  return what === undefined ? command : `${command} ${what}`;
}

/**
 * What was asked for and has not come about yet: the training does it at the end of a batch, and
 * says so in its log.
 */
export class Asked {
  #states = new Map<string, AskedState>();

  get(command: string, values?: Record<string, unknown>): AskedState | undefined {
    return this.#states.get(commandKey(command, values));
  }

  get refusals(): [key: string, why: Said][] {
    return [...this.#states].flatMap(([key, state]) =>
      state.state === "refused" ? [[key, state.why] as [string, Said]] : [],
    );
  }

  ask(command: string, values?: Record<string, unknown>): void {
    this.#states.set(commandKey(command, values), { state: "asked" });
  }

  refuse(key: string, why: Said): void {
    this.#states.set(key, { state: "refused", why });
  }

  forget(key: string): void {
    this.#states.delete(key);
  }

  /** The log says what became of it. */
  hear({ command, values, by, applied, why }: CommandEvent): void {
    const key = commandKey(command, values);
    if (!this.#states.has(key)) return;
    this.#states.delete(key);
    if (!applied && by === "reader") this.refuse(key, why ?? "");
  }

  /** The training is over: nothing is carried out any more. */
  end(): void {
    for (const [key, { state }] of [...this.#states]) {
      if (state === "asked") this.#states.delete(key);
    }
  }
}
