/** What was set, as pairs of name and value: "data.rows", "packages.torch". */
export function flat(facts: Record<string, unknown>): [key: string, value: unknown][] {
  const pairs: [string, unknown][] = [];
  const walk = (value: unknown, path: string) => {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value))
        walk(inner, path ? `${path}.${name}` : name);
    } else pairs.push([path, value]);
  };
  const { settings, ...others } = facts;
  walk(settings ?? {}, "");
  walk(others, "");
  return pairs;
}
