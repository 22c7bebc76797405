/**
 * Owns the errors that the language would throw, where this runtime does its work: their stacks begin at the user's code.
 * (What of ours still stands in them is left out by stack-trace.ts.)
 */
const { captureStackTrace } = Error;

export type Below = (...args: never[]) => unknown;

/** Those whose first frame of the user's is known only further out. */
const unplaced = new WeakSet<object>();

/** The error, whose stack begins below this function. */
export function languageError<E extends Error>(error: E, below: Below): E {
  captureStackTrace(error, below);
  return error;
}

/** The error; who calls says by `placeError` where its stack begins. */
export function unplacedError<E extends Error>(error: E): E {
  unplaced.add(error);
  return error;
}

export function placeError(error: unknown, below: Below): void {
  if (typeof error === 'object' && error !== null && unplaced.delete(error)) {
    captureStackTrace(error, below);
  }
}
