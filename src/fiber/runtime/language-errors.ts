/**
 * Owns the errors that the language would throw, where this runtime does its work: their stacks begin at the user's code.
 */
const { captureStackTrace } = Error;

export type Below = (...args: never[]) => unknown;

/** Those whose first frame of the user's is known only further out. */
const unplaced = new WeakSet<object>();

/** All of them. Frames of ours that stand first in a stack are left out (see stack-trace.ts). */
const known = new WeakSet<object>();

export const isLanguageError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && known.has(error);

/** The error, whose stack begins below this function. */
export function languageError<E extends Error>(error: E, below: Below): E {
  known.add(error);
  captureStackTrace(error, below);
  return error;
}

/** The error; who calls says by `placeError` where its stack begins. */
export function unplacedError<E extends Error>(error: E): E {
  known.add(error);
  unplaced.add(error);
  return error;
}

export function placeError(error: unknown, below: Below): void {
  if (typeof error === 'object' && error !== null && unplaced.delete(error)) {
    captureStackTrace(error, below);
  }
}
