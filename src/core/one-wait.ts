/**
 * What a twin returns that waits at most once, and how to ask where its fiber stands meanwhile.
 *
 * A generator would do the same, and cost more than all the rest of a hand-over between fibers. It is its own result:
 * `yield*` reads `done` and `value` before it asks again.
 */
import { userFrames } from './user-frames.ts';
import { Wait } from './wait.ts';

/**
 * Thrown into a suspended fiber whose wait `answers`, to learn where it stands: what waits catches it, innermost of all,
 * while the fiber's frames are on the stack, and yields the same wait again. The fiber's own code sees nothing of it.
 */
export class Probe {
  /** The frames of the user's code. */
  frames = '';
  /** How many frames lie below the fiber's: those of the one who asks. */
  readonly base: number;

  constructor(base: number) {
    this.base = base;
  }
}

/** Yields a wait that there is already: `yield* waitOnce(wait)`. */
export function waitOnce<R>(wait: Wait<R>): OneWait<Wait<R>, undefined, R> {
  return new OneWait<Wait<R>, undefined, R>((self) => self, wait, undefined);
}

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
      const result = work(this.#self, this.#argument);
      this.value = result;
      if (result instanceof Wait) {
        result.answers = true;
        this.done = false;
      }
    }
    return this as IteratorResult<unknown, R>;
  }

  throw(error: unknown): IteratorResult<unknown, R> {
    if (error instanceof Probe && !this.done) {
      error.frames = userFrames(error.base);
      return this as IteratorResult<unknown, R>;
    }
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
