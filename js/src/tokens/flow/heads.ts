import type { Words } from "../words.ts";
import type { Unit } from "./units.ts";

/** What begins with a unit; nothing can be said where the unit before is not known. */
export function heads(
  unit: Unit,
  before: Unit | null | undefined,
  roles: string[],
  t: Words,
): string[] {
  if (before === undefined) return [];
  return [
    unit.pair && !before?.pair ? t("flow.pair") : "",
    unit.begins || unit.role !== before?.role ? roleName(roles[unit.role], t) : "",
    unit.cut && !before?.cut ? `✂ ${t("flow.cut")}` : "",
  ].filter(Boolean);
}

/** The last part of a chat is no message: it asks the model to go on. */
export function roleName(role: string | undefined, t: Words): string {
  return role === "generation" ? t("flow.generation") : (role ?? "");
}
