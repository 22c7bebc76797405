/**
 * What a twin returns that waits at most once, how to ask where its fiber stands meanwhile, and who gets what it was
 * given when it is ended before it has gone on.
 *
 * A generator would do the same, and cost more than all the rest of a hand-over between fibers. It is its own result:
 * `yield*` reads `done` and `value` before it asks again.
 */
import { userFrames } from './user-frames.ts';
import { Wait } from './wait.ts';

/**
 * Thrown into a suspended fiber whose wait has an `asker`, to learn where it stands: what waits catches it, innermost of all,
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

/** Gives the value of some work back, for a fiber that had been woken with it and was then ended by force. */
type Undo<S, A, R> = (self: S, value: R, argument: A) => void;

const undos = new WeakMap<object, Undo<never, never, never>>();

/** Says how what `work` gives is given back. */
export function setUndo<S, A, R>(
  work: (self: S, argument: A) => R | Wait<R>,
  undo: Undo<S, A, R>,
): void {
  undos.set(work, undo);
}

type GiveBack = ((value: never) => void) | undefined;

function itself<R>(wait: Wait<R>, _giveBack: GiveBack): Wait<R> {
  return wait;
}
setUndo<Wait<unknown>, GiveBack, unknown>(itself, (_wait, value, giveBack) =>
  giveBack?.(value as never),
);

/**
 * Yields a wait that there is already: `yield* waitOnce(wait)`.
 *
 * @param giveBack takes the value of a fiber that is ended by force after it was woken.
 */
export function waitOnce<R>(
  wait: Wait<R>,
  giveBack?: (value: R) => void,
): OneWait<Wait<R>, GiveBack, R> {
  return new OneWait<Wait<R>, GiveBack, R>(itself, wait, giveBack);
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
        result.asker = this;
        this.done = false;
      }
    }
    return this as IteratorResult<unknown, R>;
  }

  /** Its fiber was woken with this value and will never go on. */
  reclaim(value: unknown): void {
    (undos.get(this.#work) as Undo<S, A, R> | undefined)?.(this.#self, value as R, this.#argument);
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
