/**
 * What a twin returns when it need not wait: an iterator that is over, and its own result.
 *
 * A generator would do the same, and cost more than all the rest of an uncontended call. So would one of these that
 * does the work only when it is asked; nothing comes between the call of a twin and its first step, so the work is done
 * before. A twin that has to wait returns the wait itself, which is an iterator as well: see wait.ts.
 *
 * Invariant: whoever calls a twin takes its answer before anything else is called. So one answer serves all numbers, and
 * a loop over a queue of them makes no garbage. It is not used for what would be kept in memory by it.
 */
import { Wait, type Undo } from './wait.ts';

/**
 * Says that an object is an `Answer`, so that a call site can take its value and go on. A symbol, because a site asks it
 * of what any twin returned, and nobody else's property is to be taken for it.
 */
export const ANSWERED: unique symbol = Symbol('coppice.answered');

export class Answer<R> implements IterableIterator<never, R, unknown> {
  declare readonly [ANSWERED]: true;
  readonly done = true;
  value: R;

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

Object.defineProperty(Answer.prototype, ANSWERED, { value: true });

/** What most calls answer. */
const NOTHING = new Answer<unknown>(undefined);
const YES = new Answer<unknown>(true);
const NUMBER = new Answer<unknown>(0);

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
  if (result === undefined) return NOTHING as Answer<R>;
  if (result === true) return YES as Answer<R>;
  if (typeof result === 'number') {
    NUMBER.value = result;
    return NUMBER as Answer<R>;
  }
  return result instanceof Wait ? result.undoneBy(undo, giver) : new Answer(result);
}
