/**
 * Methods that are made of several blocking calls, written once as a generator of steps, and run in each way of
 * waiting.
 *
 * Invariant: the logic holds no waiting of its own; `try`/`finally` in it means the same in all three, because a step
 * that throws is thrown into it.
 */
import { latestAwaited } from '../core/awaited.ts';
import { setTwin, TWIN, type Twin } from '../core/twin.ts';
import { waitForPromise, isThenable } from '../core/wait.ts';

/** One step: something that can be called in three ways, with its arguments. */
export type Step = readonly [call: Callable, ...args: unknown[]];

interface Callable {
  // oxlint-disable-next-line typescript/no-explicit-any -- each step has its own arguments
  (...args: any[]): unknown;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  async?(...args: any[]): Promise<unknown>;
}

/** The logic of a method. What a step gives is the value of its `yield`. */
export type Logic<R> = Generator<Step, R, never>;

/** Runs the logic in blocking calls. */
export function runBlocking<R>(logic: Logic<R>): R {
  let step = logic.next();
  while (!step.done) {
    const [call, ...args] = step.value;
    let value: unknown;
    try {
      value = call(...args);
    } catch (error) {
      step = logic.throw(error);
      continue;
    }
    step = logic.next(value as never);
  }
  return step.value;
}

/** Runs the logic in awaited calls. */
export function runAsync<R>(logic: Logic<R>): Promise<R> {
  const before = latestAwaited();
  const promise = awaiting(logic);
  // It stands in its first step, if that is watched: whoever awaits the whole awaits this step.
  const first = latestAwaited();
  if (first !== before) first?.watch(promise);
  return promise;
}

async function awaiting<R>(logic: Logic<R>): Promise<R> {
  let step = logic.next();
  while (!step.done) {
    const [call, ...args] = step.value;
    let value: unknown;
    try {
      // oxlint-disable-next-line no-await-in-loop -- one step after the other is the point
      value = await (call.async ? call.async(...args) : call(...args));
    } catch (error) {
      step = logic.throw(error);
      continue;
    }
    step = logic.next(value as never);
  }
  return step.value;
}

/** Runs the logic in a fiber. */
export function* runSuspended<R>(logic: Logic<R>): Generator<unknown, R, never> {
  let step = logic.next();
  while (!step.done) {
    const [call, ...args] = step.value;
    let value: unknown;
    try {
      // Compiled functions that never wait say so by a twin of null.
      const suspended = (call as { [TWIN]?: Twin | null })[TWIN];
      if (suspended) value = yield* suspended(...args) as Generator<unknown, unknown, never>;
      else {
        value = call(...args);
        if (isThenable(value)) value = yield waitForPromise(value);
      }
    } catch (error) {
      step = logic.throw(error);
      continue;
    }
    step = logic.next(value as never);
  }
  return step.value;
}

/** Gives a method the twin that runs this logic. */
export function composedTwin<S, A extends unknown[]>(
  target: (this: S, ...args: A) => unknown,
  logic: (self: S, ...args: A) => Logic<unknown>,
): void {
  setTwin(target, function* (this: S, ...args: A) {
    return yield* runSuspended(logic(this, ...args)) as Generator<unknown, unknown>;
  } as Twin);
}
