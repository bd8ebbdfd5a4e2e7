import type { Channel } from "../shared/protocol.ts";
import type { PiecesPayload } from "./model.ts";

/** What ids are called, by source: asked for once, and only for what was looked at. */
export class Pieces {
  /** Names have come in. */
  readonly onChange = new Set<() => void>();

  #channel: Channel;
  #known = new Map<string, string>();
  #asked = new Set<string>();

  constructor(channel: Channel, known: [id: number, piece: string][]) {
    this.#channel = channel;
    for (const [id, piece] of known) this.#known.set(`0:${id}`, piece);
  }

  /** The name, if it is known already. */
  get(source: number, id: number): string | undefined {
    return this.#known.get(`${source}:${id}`);
  }

  /** Asks for the names that are not known yet; `onChange` tells when they are. */
  want(source: number, ids: Iterable<number>): void {
    const lacking = [...new Set(ids)].filter((id) => !this.#asked.has(`${source}:${id}`));
    const fresh = lacking.filter((id) => !this.#known.has(`${source}:${id}`));
    if (fresh.length === 0) return;
    for (const id of fresh) this.#asked.add(`${source}:${id}`);
    this.#channel.request<PiecesPayload>("pieces", { source, ids: fresh }).then(
      ({ payload }) => {
        payload.pieces.forEach((piece, k) => {
          this.#known.set(`${source}:${fresh[k]}`, piece);
        });
        for (const listener of this.onChange) listener();
      },
      () => {
        for (const id of fresh) this.#asked.delete(`${source}:${id}`);
      },
    );
  }
}
