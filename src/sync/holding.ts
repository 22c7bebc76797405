/**
 * Acquiring for the length of a block: `using held = lock.hold()` and `lock.with(work)`, for everything that is
 * acquired and released.
 *
 * Invariants: what was acquired is released exactly once, however the block is left, and where the block is an async
 * function, once what it promises has settled; what could not be acquired in time
 * throws a `Timeout`, because a block must not run without it.
 */
import { types } from 'node:util';
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { timeoutError } from '../core/timeout.ts';
import { setTwin, twinOf } from '../core/twin.ts';
import { composedTwin, runAsync, runBlocking, runSuspended, type Logic } from './composed.ts';

/** What can be held. */
export interface Holdable {
  acquire(options?: WaitOptions): boolean;
  acquireAsync(options?: WaitOptions): Promise<boolean>;
  release(): void;
}

type Work<R> = () => R;

export class Holding implements Disposable {
  #held: Holdable | undefined;

  private constructor(held: Holdable) {
    this.#held = held;
  }

  [Symbol.dispose](): void {
    const held = this.#held;
    this.#held = undefined;
    held?.release();
  }

  static blocking(held: Holdable, options?: WaitOptions): Disposable {
    return runBlocking(Holding.#acquire(held, options));
  }

  static async(held: Holdable, options?: WaitOptions): Promise<Disposable> {
    return runAsync(Holding.#acquire(held, options));
  }

  static with<R>(held: Holdable, work: Work<R>, options?: WaitOptions): R {
    return runBlocking(Holding.#with(held, work, options));
  }

  static withAsync<R>(
    held: Holdable,
    work: Work<R | PromiseLike<R>>,
    options?: WaitOptions,
  ): Promise<R> {
    return runAsync(Holding.#with(held, work as Work<R>, options));
  }

  /** `held.acquire` as a step: called in whichever way the logic is run. */
  static step(held: Holdable): (options?: WaitOptions) => boolean {
    const step = (options?: WaitOptions): boolean => held.acquire(options);
    step.async = (options?: WaitOptions): Promise<boolean> => held.acquireAsync(options);
    setTwin(step, (options?: WaitOptions) => twinOf(held.acquire).call(held, options));
    return step;
  }

  /** `hold` or `with` in a fiber. */
  static suspended(
    name: 'hold' | 'with',
    held: Holdable,
    args: readonly unknown[],
  ): Generator<unknown, unknown> {
    const logic = name === 'hold' ? Holding.#acquire : Holding.#with;
    return runSuspended(
      (logic as (held: Holdable, ...rest: unknown[]) => Logic<unknown>)(held, ...args),
    );
  }

  /** Gives the methods of a holdable class their twins. */
  static twins(prototype: {
    hold(options?: WaitOptions): Disposable;
    with<R>(work: Work<R>, options?: WaitOptions): R;
  }): void {
    composedTwin(prototype.hold, Holding.#acquire);
    composedTwin(
      prototype.with as (this: Holdable, work: Work<unknown>, options?: WaitOptions) => unknown,
      Holding.#with,
    );
  }

  static *#acquire(held: Holdable, options?: WaitOptions): Logic<Disposable> {
    checkLimits(options);
    const acquired: boolean = yield [Holding.step(held), options];
    if (!acquired) throw timeoutError(options?.timeout ?? 0);
    return new Holding(held);
  }

  static *#with<R>(held: Holdable, work: Work<R>, options?: WaitOptions): Logic<R> {
    if (typeof work !== 'function')
      throw invalidArgument(`with() takes a function to run while it is held; got ${typeof work}.`);
    const holding: Disposable = yield* Holding.#acquire(held, options);
    let promised = false;
    try {
      const result: R = yield [work];
      // A fiber and a coroutine have waited for it in this step; plain code goes on with the promise.
      promised = types.isPromise(result);
      return promised ? (Holding.#until(result as Promise<unknown>, holding) as R) : result;
    } finally {
      if (!promised) holding[Symbol.dispose]();
    }
  }

  static async #until<R>(promise: Promise<R>, holding: Disposable): Promise<R> {
    try {
      return await promise;
    } finally {
      holding[Symbol.dispose]();
    }
  }
}
