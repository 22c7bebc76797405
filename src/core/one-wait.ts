/**
 * What a twin returns that waits at most once.
 *
 * A generator would do the same, and cost more than all the rest of a hand-over between fibers. It is its own result:
 * `yield*` reads `done` and `value` before it asks again.
 */
import { Wait } from './wait.ts';

export class OneWait<S, A, R> implements Generator<unknown, R> {
  value: unknown = undefined;
  done = false;
  #begun = false;
  readonly #work: (self: S, argument: A) => R | Wait<R>;
  readonly #self: S;
  readonly #argument: A;

  /** @param work called in the first step, as the body of a generator would be. */
  constructor(work: (self: S, argument: A) => R | Wait<R>, self: S, argument: A) {
    this.#work = work;
    this.#self = self;
    this.#argument = argument;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(value?: unknown): IteratorResult<unknown, R> {
    if (this.#begun) {
      this.value = this.done ? undefined : value;
      this.done = true;
    } else {
      // Done, too, when the work throws.
      this.#begun = this.done = true;
      const work = this.#work;
      this.value = work(this.#self, this.#argument);
      this.done = !(this.value instanceof Wait);
    }
    return this as IteratorResult<unknown, R>;
  }

  throw(error: unknown): never {
    this.#begun = this.done = true;
    this.value = undefined;
    throw error;
  }

  return(value: R): IteratorResult<unknown, R> {
    this.#begun = this.done = true;
    this.value = value;
    return this as IteratorResult<unknown, R>;
  }

  [Symbol.dispose](): void {
    this.return(undefined as R);
  }
}
