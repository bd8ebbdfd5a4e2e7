import type { Message } from "../shared/notes.ts";
import type { SharedState } from "../shared/widget.ts";
import type { Range, Scale } from "./session.ts";

/**
 * What attends where. A model with one stack has "self"; an encoder-decoder "encoder", "decoder"
 * and "cross" (the decoder's queries, the encoder's keys). "rollout" is computed from the first
 * self attention: layer k is the product of all layers up to k, and has one head.
 */
export type Kind = "self" | "encoder" | "decoder" | "cross" | "rollout";

/** What the matrices are about: how their rows and columns come from tokens. */
export interface Lens {
  /** Pieces of a word are one: weights to it are added, weights from it averaged. */
  words: boolean;
  /** Special tokens ([CLS], </s> …) are shown. */
  special: boolean;
  /** Where special tokens are hidden, the rest of a row is scaled to add up to 1. */
  renormalize: boolean;
}

/** The traits of the widget: small. Everything else is asked for. */
export interface AttentionState extends SharedState {
  summary: Summary;
}

export interface Summary {
  /** What the model is called; "" for tensors without a model. */
  model: string;
  /** The texts of a batch, as a selector shows them. One for one text. */
  items: string[];
  notes: Message[];
  /** Where the view begins; without it, at the first head. */
  start?: { layer: number; heads: number[] };
}

// Request "open" {item, lens, parts}: what there is to see. Buffers: `flags` of each axis, one
// after the other, u8 per unit; then those of `ahead`.

export interface Opened {
  axes: Axis[];
  panes: Pane[];
  /** About this text: what was cut, what is approximate. */
  notes: Message[];
  /** What else can be asked for this text; empty lists and false where it cannot. */
  can: {
    words: boolean;
    special: boolean;
    neuron: boolean;
    attribution: AttributionMethod[];
    /** Formats of request "export". */
    export: ExportFormat[];
    /** Statistics of heads; only a page may be without. */
    stats?: boolean;
  };
  /** Where `parts` were named: their code, and what will be asked first, answered already. */
  parts?: Record<string, { js: string; css: string }>;
  ahead?: { type: "tile" | "thumbs"; question: object; reply: Tile }[];
}

/** One sequence in units of the lens: tokens, or words. */
export interface Axis {
  /** Which text: "text", or for an encoder-decoder "source" and "target". */
  name: "text" | "source" | "target";
  count: number;
  /** Readable: byte-level pieces decoded, blanks at their edges left out. */
  labels: string[];
  /** Pieces as the vocabulary has them, where they differ from the label; else null. */
  pieces: (string | null)[];
  /** First unit of the second text of a pair; null without one. */
  split: number | null;
}

/** Bits of an axis' flags. */
export const FLAGS = { special: 1, blankBefore: 2, breakBefore: 4 } as const;

export interface Pane {
  kind: Kind;
  /** Heads of each layer. */
  heads: number[];
  /** What the layers are called, by number in the model: ["0", "1", …]. */
  layers: string[];
  /** Which axis the rows (queries) and columns (keys) belong to. */
  queries: number;
  keys: number;
  /** Nothing attends to what comes after it. */
  causal: boolean;
  /** There are NaN among the weights. */
  nan: boolean;
}

/** Which matrix: several heads are averaged. */
export interface Matrix {
  item: number;
  kind: Kind;
  layer: number;
  heads: number[];
  lens: Lens;
}

// Pictures: one byte a cell, round(254 * sqrt(weight)); 255 is NaN.

export const NAN = 255;

/**
 * Request "tile" {...Matrix, level, rows, columns, sample}: a part of a matrix.
 * Cell r of level l holds the largest weight of units [r * 2^l, (r + 1) * 2^l); `rows` and
 * `columns` are [from, to) in cells. `sample`: look at no more than this many queries per cell
 * (0: at all of them, exact). Buffer: u8, height x width.
 */
export interface Tile {
  height: number;
  width: number;
  /** False where only some of a cell's queries were looked at. */
  exact: boolean;
}

/**
 * Request "thumbs" {item, kind, layers: [from, to), size}: all heads of some layers, small, all
 * tokens, no lens. Buffer: u8, layer by layer, head by head, height x width each. `size` is the
 * longer side at most.
 */
export interface Thumbs extends Tile {}

/**
 * Request "lines" {...Matrix, query, key}: what a unit attends to, and what attends to it; both
 * may be null. Buffers, in this order, those that were asked for: f16 per key, f16 per query.
 */
export interface Lines {
  /** Share of the query's weight that lies on hidden special tokens. */
  hidden: number;
  /** Values have the precision of the picture (an exported page has no others). */
  rough: boolean;
}

/**
 * Request "stats" {item, kind, layers: [from, to)}. Buffer: f32, names x layers x most heads (NaN:
 * no such head).
 */
export interface Stats {
  names: StatName[];
  heads: number;
  exact: boolean;
}

/**
 * entropy: bits, mean over queries. previous, next, self, first: mean weight on the token before,
 * behind, itself, the first. duplicate, induction: on equal tokens, on what followed them.
 */
export type StatName =
  | "entropy"
  | "previous"
  | "next"
  | "self"
  | "first"
  | "duplicate"
  | "induction";

// Part "neuron"

/**
 * Request "neuron" {item, kind, layer, head, lens, query, keys: [from, to)}: how the weights of a
 * query come about. At most 64 keys. Buffers: f32 q (dimension), f32 k (keys x dimension), f32
 * scores (keys; q·k * scale, with what the model adds to it), f32 weights (keys).
 */
export interface Neuron {
  dimension: number;
  scale: number;
  /** What the model adds to or does with q·k: "bias" (T5, ALiBi), "softcap" (Gemma 2), "sink". */
  extras: string[];
}

// Part "attribution"

export type AttributionMethod =
  | "gradient_x_input"
  | "gradient_x_attention"
  | "integrated_gradients";

/**
 * Request "attribute" {item, method, position, target, lens}: how much each token of the input
 * speaks for one output. `position` (unit of the last axis; null: the model's own choice, and for
 * classifiers of whole texts) and `target` (index of a class or token; null: what the model
 * answers). Buffers: f32 scores of each axis, one after the other.
 */
export interface Attribution {
  method: AttributionMethod;
  target: Choice;
  /** The likeliest outputs at that position. */
  choices: Choice[];
  /** Where the output is read, in units of the last axis; null for a whole text. */
  position: number | null;
  /** Whether another position can be asked for. */
  positions: boolean;
  /** Sum of the scores of special tokens that the lens hides. */
  hidden?: number;
  /** The answer is the token that follows `position`. */
  next?: boolean;
  notes: Message[];
}

export interface Choice {
  index: number;
  label: string;
  probability: number;
}

// Export

export type ExportFormat = "png" | "svg" | "html";

export interface ExportRequest extends Matrix {
  format: ExportFormat;
  what: ExportWhat;
  dark: boolean;
  scale: Scale;
  /** Units on screen of what is one matrix; null for all of them. */
  range: Range | null;
}

/**
 * Request "export" {...ExportRequest}: "head" is the heat map of the matrix, "grid" all
 * heads of the kind, "arcs" the strongest pairs between two columns of tokens. For "html": "layer"
 * or "all". Buffer: the file.
 */
export interface Exported {
  name: string;
  type: string;
}
export type ExportWhat = "head" | "grid" | "arcs" | "layer" | "all";
