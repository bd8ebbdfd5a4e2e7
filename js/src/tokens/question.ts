import { alert } from "../shared/alert.ts";
import { fill, set } from "../shared/dom.ts";
import { isAbort } from "../shared/protocol.ts";
import type { PartContext } from "./panel.ts";

/**
 * One question to the kernel, asked again and again: only the last one is answered.
 *
 * `place` is where the answer will stand; it says when it is waited for, and what failed.
 */
export function question<Payload>(
  { channel, t, guard }: PartContext,
  type: string,
  place: HTMLElement,
  done: (payload: Payload) => void,
) {
  const answered = guard(done);
  let running: AbortController | undefined;
  const drop = () => running?.abort();

  function ask(params: Record<string, unknown>): void {
    drop();
    running = new AbortController();
    const { signal } = running;
    set(place, "aria-busy", true);
    channel.request<Payload>(type, params, { signal }).then(
      ({ payload }) => {
        if (signal.aborted) return;
        set(place, "aria-busy", false);
        answered(payload);
      },
      (error) => {
        if (isAbort(error)) return;
        set(place, "aria-busy", false);
        fill(
          place,
          alert(error, t, () => ask(params)),
        );
      },
    );
  }

  return { ask, drop };
}
