/** The words that a heap with fibers shares with what watches it (slow.ts, watcher-entry.ts). Only the heap writes. */
export const WORD = {
  /** Counts: one up when a stretch begins, and when it ends. So it is odd while one runs. */
  stretch: 0,
  /** How many milliseconds are too long. */
  longest: 1,
  /** Is one that does not end to be told of on stderr? */
  warns: 2,
} as const;

export const WORDS = 3;

/** The global function that is asked, in the watched heap, for where a stretch stands. */
export const LOOK = 'coppice.stretch';

/** What it answers; null when that stretch is over. */
export interface Sight {
  readonly name: string;
  readonly stack: string;
}
