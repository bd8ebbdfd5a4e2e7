/** Calls `act` once its calls have rested for `ms`. */
export function rest(act: () => void, ms = 250) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const now = () => {
    stop();
    act();
  };
  return {
    later(): void {
      stop();
      timer = setTimeout(now, ms);
    },
    now,
    stop,
    /** Whether `act` is still to come. */
    waiting: () => timer !== undefined,
  };
}
