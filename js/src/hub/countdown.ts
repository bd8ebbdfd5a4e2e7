import { h } from "../shared/dom.ts";
import { clock } from "./format.ts";

interface CountdownOptions {
  /** When (ms since 1970) one may ask again. */
  until: number;
  retry: string;
  wait(time: string): string;
  onRetry(): void;
}

/** A button to ask again, and how long it is until one may. */
export function countdown({ until, retry, wait, onRetry }: CountdownOptions) {
  const left = h("span", { class: "hub-left", role: "timer" });
  const button = h("button", { type: "button", class: "tfw-button", onclick: onRetry }, retry);
  const element = h("span", { class: "hub-retry" }, left, button);
  let timer: ReturnType<typeof setInterval> | undefined;
  let attached = false;

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function tick(): void {
    // Who drew it may have drawn something else since.
    if (attached && !element.isConnected) stop();
    attached = element.isConnected;
    const seconds = (until - Date.now()) / 1000;
    button.disabled = seconds > 0;
    left.textContent = seconds > 0 ? wait(clock(seconds)) : "";
    if (seconds <= 0) stop();
  }

  timer = setInterval(tick, 500);
  tick();
  return {
    element,
    counting: () => timer !== undefined,
    stop,
  };
}
