import type { Message } from "../shared/notes.ts";
import type { SharedState } from "../shared/widget.ts";

/** A way of looking at the tokens, in a tab of its own. */
export type Tab = "tokens" | "stages" | "batch" | "compare" | "vocabulary";

/** One tokenizer's reading of the text: the first is the inspected one, the others compare. */
export interface Source {
  name: string;
  /** "WordPiece", "BPE", "Unigram", …; null where the tokenizer does not tell. */
  algorithm: string | null;
  vocabulary: number;
  /** Most tokens that the model reads; null where there is no limit. */
  context: number | null;
  /** Whether its model is given type ids. */
  types: boolean;
  /** Tokens; of several texts all that are no padding. */
  tokens: number;
  /** Tokens with attention in the longest text. */
  longest: number;
  /** Of the tokens, put in by the tokenizer: [CLS], [PAD] and the like. */
  special: number;
  unknown: number;
  /** Whitespace-separated words, code points and UTF-8 bytes of the text. */
  words: number;
  characters: number;
  bytes: number;
  /** Characters that truncation cut off. */
  cut: number;
  units: number;
  /** How many tokens know their place in the text. */
  offsets: "all" | "some" | "none";
}

export interface Summary {
  tabs: Tab[];
  /** Number of texts. */
  texts: number;
  sources: Source[];
  notes: Message[];
  /** Distinct roles of the chat's messages, in the order in which they come; empty without a chat. */
  roles: string[];
  /** Labels of annotations. */
  labels: string[];
}

/** One text read by every source, for the table over several texts. */
export interface ComparedText {
  label: string;
  words: number;
  characters: number;
  /** Tokens by source, special ones not counted. */
  tokens: number[];
  /** Of these, what the vocabulary lacks. */
  unknown: number[];
}

/** The traits of the widget. */
export interface TokensState extends SharedState {
  summary: Summary;
  /** The beginning of source 0, with what its tokens are called. */
  first: UnitsPayload & {
    units: DataView;
    tokens: DataView;
    pieces: [id: number, piece: string][];
  };
  /** Rows of the table over several texts; empty for one text. */
  texts: ComparedText[];
  batch: BatchSettings;
}

// Token view: requests "units" and "pieces"

/** A stretch of text between two breaks: a line of the text, or a part of a long one. */
export interface UnitsPayload {
  start: number;
  total: number;
  /** The text of all units, one after the other. */
  text: string;
  /** Position of the first token. */
  token: number;
  /** [position in the page, code point in its text]: where a unit does not begin where the last ended. */
  places: [unit: number, character: number][];
  /** Token in the page -> UTF-16 length, where it is 255 or more. */
  lengths: Record<number, number>;
  /** Token in the page -> word id, where it does not follow from the token before. */
  words: Record<number, number>;
  /** Token in the page -> hexadecimal bytes, for tokens that are parts of one character. */
  bytes: Record<number, string>;
  /** Token in the page -> type id, where it is more than the flag tells. */
  types?: Record<number, number>;
  /** [unit in the page, from, to, label]: annotations, in UTF-16 units of the unit's text. */
  marks: [unit: number, from: number, to: number, label: number][];
}

export interface PiecesPayload {
  pieces: string[];
}

// Stage view: requests "stages" and "word"

/** "same", "changed" and "removed" tell what a stage did to characters. */
export type RunKind = "same" | "changed" | "removed";

export interface Run {
  text: string;
  kind: RunKind;
}

/** What stands between two borders after a stage. */
export interface StagePiece {
  runs: Run[];
  /** Position of the pre-token that it belongs to; -1 before there are any, and for special ones. */
  word: number;
  /** Taken out as an added token, or put in by the post-processor. */
  kind: "text" | "added" | "special";
  /** In the model's vocabulary; absent before the model. */
  id?: number;
}

export interface Step {
  /** As the library calls it: "NFD", "Lowercase". */
  name: string;
  changed: boolean;
  pieces: StagePiece[];
}

export interface Stage extends Step {
  kind: "added" | "normalizer" | "added-normalized" | "pre-tokenizer" | "model" | "post-processor";
  /** The tokenizer has no such stage. */
  absent: boolean;
  /** The parts of a sequence, each after the ones before it. */
  steps: Step[];
}

export interface StagesPayload {
  /** Why nothing is drawn: the stages cannot be told, or do not end in what `encode` gives. */
  problem: Message | null;
  /** Characters of the text that the stages were taken of; the view may show the beginning only. */
  characters: number;
  whole: boolean;
  /** The window that is shown. */
  window: number;
  windows: number;
  stages: Stage[];
}

/** One merge of byte-pair encoding. */
export interface Merge {
  rank: number;
  left: string;
  right: string;
  /** All parts after it. */
  parts: string[];
}

export type Derivation =
  | {
      algorithm: "BPE";
      word: string;
      /** The whole word stands in the vocabulary and is taken as it is, without merges. */
      direct: boolean;
      symbols: string[];
      merges: Merge[];
      exact: boolean;
    }
  | {
      algorithm: "WordPiece";
      word: string;
      /** Each longest piece, and how many longer candidates were not in the vocabulary. */
      steps: { piece: string; rest: string; tried: number; known: boolean }[];
      exact: boolean;
    }
  | {
      algorithm: "Unigram";
      word: string;
      /** The best path and the next best ones, with log probabilities. */
      paths: { score: number; pieces: { piece: string; score: number; known: boolean }[] }[];
      exact: boolean;
    }
  | { algorithm: "WordLevel"; word: string; piece: string; known: boolean; exact: boolean };

// Batch view: request "batch"

export interface BatchSettings {
  padding: "none" | "longest" | "max_length";
  padding_side: "left" | "right";
  pad_to_multiple_of: number | null;
  truncation: "none" | "longest_first" | "only_first" | "only_second";
  max_length: number | null;
  /** Texts per batch, for what sorting by length would save. */
  batch_size: number;
}

export interface BatchRow {
  /** Position of the text, from 0. */
  text: number;
  /** 0 for the row itself, 1 and up for its overflow. */
  overflow: number;
  /** Tokens with attention, all columns, and tokens that truncation cut off. */
  real: number;
  columns: number;
  cut: number;
  /** The beginning of the text. */
  label: string;
}

export interface BatchPayload {
  start: number;
  /** Rows in all, overflow rows among them. */
  total: number;
  rows: BatchRow[];
  /** Cell in the page -> type id, where it is more than the flag tells. */
  types?: Record<number, number>;
  /** The rest only describes the whole batch. */
  columns: number;
  texts: number;
  /** Share of the cells that are padding, 0 to 1. */
  padding: number;
  /** The same in batches of `batch_size`: as the texts come, and sorted by length. */
  in_order: number;
  sorted: number;
  /** Cells where the mask says one thing and the pad id another. */
  disagreeing: number;
  pad: { id: number; token: string } | null;
  notes: Message[];
  /** What the tokenizer file brings with it, as settings; null where it brings nothing. */
  shipped: BatchSettings | null;
  /** Leading pads, real tokens, trailing pads, cut: four numbers a row, for at most 400 rows of the batch, evenly spread. */
  overview: number[];
}

// Vocabulary view: requests "vocabulary" and "entry"

export type SearchMode = "contains" | "prefix" | "id";

export interface VocabularyQuery {
  query: string;
  mode: SearchMode;
}

export type EntryKind = "piece" | "added" | "special" | "byte";

export interface Entry {
  id: number;
  piece: string;
  /** What the piece alone decodes to. */
  decoded: string;
  kind: EntryKind;
}

export interface VocabularyPayload {
  start: number;
  total: number;
  rows: Entry[];
  /** Where to scroll: the row of the wanted id; null unless one was searched. */
  at: number | null;
}

export interface EntryPayload extends Entry {
  /** UTF-8 bytes in hexadecimal; empty where the piece is no text. */
  bytes: string;
  /** Where it stands in the inspected text, as token positions, at most 20. */
  occurrences: number[];
  count: number;
  /** Entries with the ids around it, itself among them. */
  neighbours: Entry[];
}
