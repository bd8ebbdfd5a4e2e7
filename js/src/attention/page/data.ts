import type { LanguageSetting } from "../../shared/i18n.ts";
import type { Kind, Opened, StatName, Summary } from "../model.ts";

/** What a page has in `<script type="application/json" id="tfw-data">`. */
export interface PageData {
  version: 1;
  language: LanguageSetting;
  summary: Summary;
  /** For one lens. The panes have the layers that are in the page, and no others. */
  opened: Opened;
  /** Of each axis: base64, a byte per unit. */
  flags: string[];
  panes: PagePane[];
  stats: Partial<Record<Kind, PageStats>>;
}

export interface PagePane {
  kind: Kind;
  layers: PageLayer[];
}

export interface PageLayer {
  /** Number in the model. */
  layer: number;
  heads: number[];
  height: number;
  width: number;
  /** base64: f16, heads x queries: the share of the weights that is on hidden special tokens. */
  hidden?: string;
  /** base64 of the compressed bytes, heads x height x width, as in a picture. */
  data: string;
}

export interface PageStats {
  names: StatName[];
  heads: number;
  exact: boolean;
  /** base64: f32, names x layers x heads. */
  values: string;
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = characters.charCodeAt(k);
  return bytes;
}

/** What gzip begins with; else it is a bare deflate stream. */
const GZIP = [0x1f, 0x8b];

export async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const format = GZIP.every((byte, k) => bytes[k] === byte) ? "gzip" : "deflate-raw";
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
