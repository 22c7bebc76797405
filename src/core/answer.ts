/**
 * What a twin returns when it need not wait: an iterator that is over, and its own result.
 *
 * A generator would do the same, and cost more than all the rest of an uncontended call. So would one of these that
 * does the work only when it is asked; nothing comes between the call of a twin and its first step, so the work is done
 * before. A twin that has to wait returns the wait itself, which is an iterator as well: see wait.ts.
 */
import { Wait, type Undo } from './wait.ts';

export class Answer<R> implements Generator<never, R, unknown> {
  readonly done = true;
  readonly value: R;

  constructor(value: R) {
    this.value = value;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** `yield*` reads `done` and `value` before anything else can ask again. */
  next(): this {
    return this;
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: R): IteratorReturnResult<R> {
    return { done: true, value };
  }

  [Symbol.dispose](): void {}
}

/**
 * What a twin returns for what its work has given.
 *
 * @param undo takes back, from `giver`, what a fiber was woken with that is ended by force before it goes on.
 */
export function answered<S, R>(
  result: R | Wait<R>,
  undo: Undo<S, R> | undefined,
  giver: S,
): Generator<unknown, R, unknown> {
  return result instanceof Wait ? result.undoneBy(undo, giver) : new Answer(result);
}
