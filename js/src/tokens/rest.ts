/** Calls `act` once its calls have rested for `ms`. */
export function rest(act: () => void, ms = 250) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => clearTimeout(timer);
  return {
    later(): void {
      stop();
      timer = setTimeout(act, ms);
    },
    now(): void {
      stop();
      act();
    },
    stop,
  };
}
