import { short } from "../shared/chart/numbers.ts";
import type { Marker } from "../shared/chart/types.ts";
import type { LogEvent } from "./model.ts";
import type { Session } from "./session.ts";
import { said, type WordKey, type Words, wordsOr } from "./words.ts";

/** An event of the log in a few words: "Learning rate × 0.5, by you". */
export function eventLabel(event: LogEvent, session: Session, t: Words): string {
  if (event.kind === "message") return said(event.text, t);
  if (event.kind === "alert") {
    return said(event.said, t) || wordsOr(t, `alert-${event.alert}`, event.alert);
  }
  const { command, values, by } = event;
  const what = [wordsOr(t, command, command)];
  if (typeof values.value === "number") what.push(`× ${short(values.value, t.language, 3)}`);
  if (typeof values.group === "number") {
    what.push(session.info?.facts.groups?.[values.group] ?? String(values.group));
  }
  return `${what.join(" ")}, ${t(`by-${by}` as WordKey)}`;
}

/** What is drawn into the charts: what was done, and what went wrong. */
export function markers(session: Session, t: Words): Marker[] {
  return session.log.flatMap((event): Marker[] => {
    if (event.kind === "message") return [];
    if (event.kind === "command" && (!event.applied || event.command === "panel")) return [];
    const kind = event.kind === "command" ? "command" : event.level;
    return [{ step: event.step, label: eventLabel(event, session, t), kind }];
  });
}
