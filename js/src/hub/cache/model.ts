/** A model in the hub's cache. */
export interface Repo {
  key: string;
  id: string;
  /** Bytes of whole files. */
  size: number;
  /** Bytes of downloads that did not end. */
  incomplete: number;
  revisions: number;
  used: number | null;
  /** Why it may not be deleted now. */
  kept: string | null;
}

export interface CachePayload {
  folder: string;
  free: number | null;
  size: number;
  incomplete: number;
  repos: Repo[];
}

export interface Freed {
  deleted: string[];
  freed: number;
  kept: [id: string, reason: string][];
}

export const SORTS = ["size", "used", "name"] as const;
export type Sort = (typeof SORTS)[number];

export const whole = ({ size, incomplete }: Repo): number => size + incomplete;

/** What is left of the cache once some models, or their unfinished downloads, are gone. */
export function without(cache: CachePayload, ids: string[], incomplete: boolean): CachePayload {
  const gone = new Set(ids);
  const repos = cache.repos.flatMap((repo) => {
    if (!gone.has(repo.id)) return [repo];
    return incomplete && repo.size > 0 ? [{ ...repo, incomplete: 0 }] : [];
  });
  const sum = (of: "size" | "incomplete") => repos.reduce((total, repo) => total + repo[of], 0);
  return { ...cache, repos, size: sum("size"), incomplete: sum("incomplete") };
}

/** The largest first, those used longest ago first, or by name. */
export function sorted(repos: Repo[], by: Sort): Repo[] {
  const names = new Intl.Collator("en", { sensitivity: "base", numeric: true });
  const byName = (a: Repo, b: Repo) => names.compare(a.id, b.id);
  const order = {
    size: (a: Repo, b: Repo) => whole(b) - whole(a) || byName(a, b),
    used: (a: Repo, b: Repo) => (a.used ?? 0) - (b.used ?? 0) || byName(a, b),
    name: byName,
  }[by];
  return [...repos].sort(order);
}
