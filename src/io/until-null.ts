/**
 * Iterating over what a method gives, until it gives `null`: chunks, lines, connections.
 *
 * Invariant: leaving the loop early closes nothing, and what was not taken is there for whoever asks next.
 */
import { setTwin, twinOf } from '../core/twin.ts';

/** A blocking method that has a twin. */
type Pull<S, T> = (this: S) => T | null;

/** Both kinds of iterator over one source. */
export class UntilNull<S, T> implements IterableIterator<T, undefined> {
  readonly #source: S;
  readonly #pull: Pull<S, T>;
  readonly #pullAsync: (this: S) => Promise<T | null>;

  /** @param pullAsync the explicit face of `pull`. */
  constructor(source: S, pull: Pull<S, T>, pullAsync: (this: S) => Promise<T | null>) {
    this.#source = source;
    this.#pull = pull;
    this.#pullAsync = pullAsync;
  }

  next(): IteratorResult<T, undefined> {
    return resultOf(this.#pull.call(this.#source));
  }

  [Symbol.iterator](): this {
    return this;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const value = await this.#pullAsync.call(this.#source);
      if (value === null) return undefined;
      yield value;
    }
  }

  static {
    setTwin(this.prototype.next, function* (this: UntilNull<unknown, unknown>) {
      return resultOf(yield* twinOf(this.#pull).call(this.#source));
    });
  }
}

function resultOf<T>(value: T | null): IteratorResult<T, undefined> {
  return value === null ? { done: true, value: undefined } : { done: false, value };
}
