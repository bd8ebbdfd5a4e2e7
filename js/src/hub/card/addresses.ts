/** Where the relative addresses of a card lead; null where its model has no page. */
export interface Places {
  /** A file's page: `https://huggingface.co/org/name/blob/main/`. */
  links: string | null;
  /** A file itself: `https://huggingface.co/org/name/resolve/main/`. */
  images: string | null;
}

const PICTURE = /^data:image\/(png|jpe?g|gif|webp);base64,/i;

/** The address that a link leads to, or null where it is none to be followed. */
export function linkAddress(href: string, places: Places): string | null {
  return absolute(href, places.links, ["http:", "https:", "mailto:"]);
}

/** The address of an image, or null where it is none to be shown. */
export function imageAddress(src: string, places: Places): string | null {
  if (PICTURE.test(src)) return src;
  // A file's page, as people copy it, holds no image.
  const raw = absolute(src, places.images, ["http:", "https:"]);
  if (raw === null || (isNear(raw) && !isOfHub(raw, places))) return null;
  return raw.replace(/^(https:\/\/(?:huggingface\.co|hf\.co)\/[^?#]+?)\/blob\//, "$1/resolve/");
}

/** The host that an image comes from; null for one that the card has in itself. */
export function imageHost(address: string): string | null {
  return new URL(address).host || null;
}

const NEAR_NAMES = /^[^.]*$|(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/;
// This machine, the networks of houses and firms, and what machines talk to themselves about.
const NEAR_NUMBERS =
  /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;

/**
 * Whether an address is near: of this machine or network, or where the notebook's page is from.
 *
 * The browser sends cookies there; an image may be an order to whoever takes them for a reader's.
 */
function isNear(address: string): boolean {
  const host = new URL(address).hostname.replace(/\.$/, "");
  return (
    host === location.hostname ||
    host.startsWith("[") || // no author names a host by such a number
    NEAR_NAMES.test(host) ||
    NEAR_NUMBERS.test(host)
  );
}

/** A hub in a firm's own network has images, too. */
function isOfHub(address: string, { images }: Places): boolean {
  const { origin } = new URL(address);
  return images !== null && origin === new URL(images).origin && origin !== location.origin;
}

function absolute(address: string, base: string | null, protocols: string[]): string | null {
  try {
    const url = base === null ? new URL(address) : new URL(address, base);
    // A name before the host makes an address look like another one's.
    if (!protocols.includes(url.protocol) || url.username || url.password) return null;
    return url.href;
  } catch {
    return null;
  }
}

/** What a heading is called in addresses that lead to it, as the Hub writes it. */
export function slug(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}
