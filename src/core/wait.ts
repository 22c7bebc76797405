/**
 * The description of one wait: what every implementation hands out and every way of waiting takes in.
 *
 * Invariants: `begin` is called at most once per wait; the waker is called at most once, perhaps before `begin`
 * returns; after `cancel` it is not called any more. A wait that was cancelled leaves no trace where it waited.
 *
 * Why not a Promise: a fiber resumes straight from `wake`, so that a switch allocates nothing; a Promise is made only
 * for those who await. The shape (a wait that hands back its own cancel) is that of curio's suspend hook.
 */

/** Who is woken. A fiber is one itself. */
export interface Waker<T> {
  wake(value: T): void;
  fail(error: unknown): void;
}

/** Withdraws a wait. Harmless when the waker has been called already. */
export type Cancel = () => void;

export class Wait<T> {
  readonly begin: (waker: Waker<T>) => Cancel;
  /** What is waited for, in words, for reports. */
  readonly what: string;

  constructor(begin: (waker: Waker<T>) => Cancel, what = 'a wait') {
    this.begin = begin;
    this.what = what;
  }
}

/** The wait for a promise; it cannot be withdrawn, only no longer listened to. */
export function waitForPromise<T>(promise: PromiseLike<T>, what = 'a promise'): Wait<T> {
  return new Wait<T>((waker) => {
    let live = true;
    promise.then(
      (value) => live && waker.wake(value),
      (error: unknown) => live && waker.fail(error),
    );
    return () => {
      live = false;
    };
  }, what);
}

/** Is it something with a `then`? */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
