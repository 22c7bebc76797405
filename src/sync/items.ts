/**
 * Iterating over what comes: a queue or a channel, until it is closed and empty.
 */
import type { WaitOptions } from '../core/heap.ts';
import { setTwin, twinOf } from '../core/twin.ts';
import { Wait } from '../core/wait.ts';
import { isClosed } from './queue-core.ts';

/** A definition that gives the next result, with all its faces. */
export interface NextCall<S, T> {
  (source: S, options?: WaitOptions): IteratorResult<T, undefined>;
  async(source: S, options?: WaitOptions): Promise<IteratorResult<T, undefined>>;
}

/** Both kinds of iterator over one source. */
export class Items<S, T> implements IterableIterator<T, undefined> {
  readonly #source: S;
  readonly #next: NextCall<S, T>;

  constructor(source: S, next: NextCall<S, T>) {
    this.#source = source;
    this.#next = next;
  }

  next(): IteratorResult<T, undefined> {
    return this.#next(this.#source);
  }

  [Symbol.iterator](): this {
    return this;
  }

  static async *async<S, T>(source: S, next: NextCall<S, T>): AsyncGenerator<T, undefined> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const result = await next.async(source);
      if (result.done) return undefined;
      yield result.value;
    }
  }

  static {
    setTwin(Items.prototype.next, function* (this: Items<unknown, unknown>) {
      return yield* twinOf(this.#next)(this.#source);
    });
  }
}

/** The next item as an iterator's result; the end of the source is its `done`. */
export function asResult<T>(get: () => T | Wait<T>): IteratorResult<T> | Wait<IteratorResult<T>> {
  let got: T | Wait<T>;
  try {
    got = get();
  } catch (error) {
    if (isClosed(error)) return DONE;
    throw error;
  }
  if (!(got instanceof Wait)) return { done: false, value: got };
  const wait: Wait<T> = got;
  return new Wait<IteratorResult<T>>(
    (waker) =>
      wait.begin({
        wake: (value) => waker.wake({ done: false, value }),
        fail: (error) => void (isClosed(error) ? waker.wake(DONE) : waker.fail(error)),
      }),
    wait.target ?? wait.what,
  );
}

const DONE = { done: true, value: undefined } as const;
