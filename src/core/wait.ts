/**
 * The description of one wait: what every implementation hands out and every way of waiting takes in.
 *
 * Invariants: `begin` is called at most once per wait; the waker is called at most once, perhaps before `begin`
 * returns; after `cancel` it is not called any more, unless that has only asked. A wait that was cancelled leaves no
 * trace where it waited.
 *
 * Why not a Promise: a fiber resumes straight from `wake`, so that a switch allocates nothing; a Promise is made only
 * for those who await. The shape (a wait that hands back its own cancel) is that of curio's suspend hook.
 */
import { Probe } from './probe.ts';

/** Who is woken. A fiber is one itself. */
export interface Waker<T> {
  /**
   * Hands over the value.
   *
   * @returns `false` when the waiter was gone (killed, out of time) and took nothing, so that what was to be handed
   *   over still belongs to the giver; anything else when it was taken.
   */
  wake(value: T): boolean | void;
  fail(error: unknown): void;
}

/**
 * What a wait is for, when only something inside this program can complete it: a lock, an event, another thread's end.
 * A wait without one (a timer, I/O) can always be completed from outside.
 */
export interface WaitTarget {
  /** In words, for reports. */
  readonly what: string;
  /** Those who must all let go before the wait can end; `undefined` when that cannot be told. */
  readonly holders?: (() => readonly unknown[]) | undefined;
}

/** What a `Cancel` returns that could only ask for the wait's end: the waker is called all the same. */
export const ASKED: unique symbol = Symbol('coppice.wait.asked');

/**
 * Withdraws a wait. Harmless when the waker has been called already.
 *
 * @param reason why, for what is done for the waiter elsewhere: what is thrown in it.
 * @returns `ASKED` when another heap has to agree: the waker is still called, with what was waited for when that was on
 *   its way already, and fails otherwise. Anything else: the wait is over.
 */
export type Cancel = (reason?: unknown) => typeof ASKED | void;

/** Takes back what a wait gave: `giver` says whose it was. */
export type Undo<S, T> = (giver: S, value: T) => void;

/**
 * A wait is the iterator that yields it, and the result of each step, so that a twin which waits at most once returns
 * the wait itself: a generator would do the same, and cost more than all the rest of a hand-over between fibers.
 */
export class Wait<T> implements IterableIterator<unknown, T, unknown> {
  /** While it is yielded, the wait; then what it was resumed with. */
  value: unknown = undefined;
  done = false;
  /** Who takes back what it gave, and how. */
  #giver: unknown;
  #undo: Undo<never, never> | undefined;
  readonly #begin: ((waker: Waker<T>) => Cancel) | undefined;
  readonly #on: string | WaitTarget;

  /** @param begin what a subclass that overrides `begin` need not give. */
  constructor(
    begin: ((waker: Waker<T>) => Cancel) | undefined,
    on: string | WaitTarget = 'a wait',
  ) {
    this.#begin = begin;
    this.#on = on;
  }

  /** Begins to wait. Called once, by whoever performs the call. */
  begin(waker: Waker<T>): Cancel {
    return (this.#begin as (waker: Waker<T>) => Cancel)(waker);
  }

  /** What is waited for, in words, for reports. */
  get what(): string {
    return typeof this.#on === 'string' ? this.#on : this.#on.what;
  }

  /** What is waited for, when only something inside this program can complete the wait. */
  get target(): WaitTarget | undefined {
    return typeof this.#on === 'string' ? undefined : this.#on;
  }

  /** Will it end by itself, by a time limit of its own? */
  get bounded(): boolean {
    return false;
  }

  /** May a signal end it, of which nobody knows when it is aborted? */
  get abortable(): boolean {
    return false;
  }

  /** Is it yielded, by itself? Then it answers a `Probe`. */
  get yielded(): boolean {
    return this.value === this;
  }

  /** Says how what it gives is taken back from a fiber that is ended by force after it was woken. */
  undoneBy<S>(undo: Undo<S, T> | undefined, giver: S): this {
    this.#undo = undo;
    this.#giver = giver;
    return this;
  }

  /** Its fiber was woken with this value, and will never go on. */
  reclaim(value: unknown): void {
    this.#undo?.(this.#giver as never, value as never);
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** The first step yields it, the second ends it. */
  next(value?: unknown): IteratorResult<unknown, T> {
    if (this.value === this) {
      this.value = value;
      this.done = true;
    } else this.value = this.done ? undefined : this;
    return this as IteratorResult<unknown, T>;
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    if (error instanceof Probe && this.yielded) {
      error.take();
      return this as IteratorResult<unknown, T>;
    }
    this.value = undefined;
    this.done = true;
    throw error;
  }

  return(value: T): IteratorResult<unknown, T> {
    this.value = value;
    this.done = true;
    return this as IteratorResult<unknown, T>;
  }

  [Symbol.dispose](): void {
    this.return(undefined as T);
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
