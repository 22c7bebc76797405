/**
 * `Condition`: waiting, with a lock given up meanwhile, until somebody who holds the lock says that something changed.
 *
 * Invariants: a notification goes to exactly one waiter and is passed on if he is gone; whoever waited holds the lock
 * again when `wait` ends, also when it ends by a timeout or a kill, because the block around it will release it.
 */
import { DeadlockError, invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { WaitQueue, waitAtMost } from '../core/wait-queue.ts';
import { Wait, type WaitTarget } from '../core/wait.ts';
import { composedTwin, runAsync, runBlocking, type Logic } from './composed.ts';
import { Acquirable } from './acquirable.ts';
import { Holding } from './holding.ts';
import { Lock, type LockCore } from './lock.ts';
import { CORE, limits, method, owner, registerKind } from './primitive.ts';

const NOTIFIED: WaitTarget = { what: 'a Condition to be notified' };

class ConditionCore {
  readonly lock: Lock;
  readonly waiters = new WaitQueue<true>(NOTIFIED);
  /** Weak, because one that is ended by force does not come back for the lock. */
  readonly #depths = new WeakMap<object, number[]>();

  constructor(lock: Lock) {
    this.lock = lock;
  }

  get #lockCore(): LockCore {
    return this.lock[CORE] as LockCore;
  }

  wait(timeout: number | undefined): Wait<boolean> {
    const me = owner();
    this.#lockCore.check(me);
    const wait = waitAtMost(this.waiters.wait(undefined), timeout, false);
    return new Wait<boolean>((waker) => {
      // Queued first: whoever gets the lock by this release may notify at once.
      const cancel = wait.begin(waker);
      this.#release(me);
      return cancel;
    }, wait.target ?? wait.what);
  }

  /** Gets the lock back, as often as it was held. Does nothing for one who never gave it up. */
  reacquire(): true | Wait<true> {
    const me = owner();
    const depths = this.#depths.get(me);
    const depth = depths?.at(-1);
    if (depth === undefined) return true;
    const done = (): void => {
      depths?.pop();
      if (depths?.length === 0) this.#depths.delete(me);
    };
    const result = this.#lockCore.acquire(me, depth);
    if (result === true) {
      done();
      return true;
    }
    return new Wait<true>(
      (waker) =>
        result.begin({
          wake: (value) => {
            const taken = waker.wake(value) !== false;
            if (taken) done();
            return taken;
          },
          fail: (error) => waker.fail(error),
        }),
      result.target,
    );
  }

  /** One who got it back is gone, or will come for it again. */
  giveUp(): void {
    const me = owner();
    if (this.#lockCore.owner === me) this.#release(me);
  }

  #release(me: object): void {
    const depths = this.#depths.get(me) ?? [];
    this.#depths.set(me, depths);
    depths.push(this.#lockCore.releaseWhole(me));
  }

  notify(count: number): void {
    this.#lockCore.check(owner());
    for (let left = count; left > 0 && this.waiters.wakeOne(true); left--);
  }

  /** One who was notified is gone: the next one is. */
  passOn(): void {
    this.#depths.delete(owner());
    this.waiters.wakeOne(true);
  }
}

/**
 * Waiting for a change of what a lock protects.
 *
 * Follows Python's `Condition`, as gevent does.
 *
 * @example
 * const changed = new Condition();
 * changed.with(() => {
 *   while (items.length === 0) changed.wait();
 *   return items.shift();
 * });
 */
export class Condition extends Acquirable<ConditionCore> {
  /** @param lock a `Lock` or `RLock`; by default one of its own. */
  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock)) throw invalidArgument('A Condition takes a Lock or an RLock.');
    super('condition', [lock]);
  }

  /** Acquires the lock. */
  acquire(options?: WaitOptions): boolean {
    return runBlocking(acquire(this, options));
  }

  /** The explicit face of `acquire`. */
  acquireAsync(options?: WaitOptions): Promise<boolean> {
    return runAsync(acquire(this, options));
  }

  /** Releases the lock. */
  release(): void {
    this.lock.release();
  }

  /** The lock; the same for all who wait. */
  get lock(): Lock {
    return this[CORE]?.lock ?? lockCall(this);
  }

  /**
   * Gives the lock up, waits to be notified, and acquires the lock again.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned (with the lock held).
   * @returns was it notified?
   * @throws {CoppiceError} `ERR_COPPICE_NOT_OWNER` when the current green thread does not hold the lock.
   */
  wait(options?: WaitOptions): boolean {
    return runBlocking(wait(this, options));
  }

  /** The explicit face of `wait`. */
  waitAsync(options?: WaitOptions): Promise<boolean> {
    return runAsync(wait(this, options));
  }

  /**
   * Wakes those who have waited longest. They go on when they have the lock.
   *
   * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`, or `ERR_COPPICE_NOT_OWNER` when the lock is not held.
   */
  notify(count = 1): void {
    if (count !== Infinity && !(Number.isInteger(count) && count >= 0))
      throw invalidArgument(`notify() takes how many to wake, 0 or more; got ${String(count)}.`);
    notifyCall(this, count);
  }

  /** Wakes all who wait. */
  notifyAll(): void {
    notifyCall(this, Infinity);
  }

  /** How many wait to be notified. */
  statistics(): ConditionStatistics {
    return Object.freeze(statisticsCall(this));
  }
}

/** What `Condition.statistics()` tells. */
export interface ConditionStatistics {
  readonly waiting: number;
  readonly locked: boolean;
}

registerKind('condition', Condition, (lock: Lock) => new ConditionCore(lock));

const at = (condition: Condition): ConditionCore => condition[CORE] as ConditionCore;
const lockCall = method('Condition.lock', (condition: Condition) => at(condition).lock);
const waitCall = method(
  'Condition.wait',
  (condition: Condition, timeout?: number, _options?: WaitOptions) => at(condition).wait(timeout),
  {
    optionsAt: 1,
    timed: true,
    owned: true,
    undo: (condition, notified) => void (notified && at(condition).passOn()),
  },
);
const reacquireCall = method(
  'Condition.reacquire',
  (condition: Condition) => at(condition).reacquire(),
  { waits: true, owned: true, undo: (condition) => at(condition).giveUp() },
);
const notifyCall = method(
  'Condition.notify',
  (condition: Condition, count: number) => at(condition).notify(count),
  { owned: true },
);
const statisticsCall = method(
  'Condition.statistics',
  (condition: Condition): ConditionStatistics => ({
    waiting: at(condition).waiters.size,
    locked: at(condition).lock.locked,
  }),
);

function* wait(condition: Condition, options?: WaitOptions): Logic<boolean> {
  checkLimits(options);
  try {
    return yield [waitCall, condition, ...limits(options)];
  } finally {
    yield* reacquire(condition);
  }
}

/** A kill that comes now has to wait until the lock is back; what ends the wait for ever does not. */
function* reacquire(condition: Condition): Logic<void> {
  let interruption: { readonly error: unknown } | undefined;
  for (;;) {
    try {
      yield [reacquireCall, condition];
      break;
    } catch (error) {
      interruption ??= { error };
      if (error instanceof DeadlockError) break;
    }
  }
  if (interruption) throw interruption.error;
}

function* acquire(condition: Condition, options?: WaitOptions): Logic<boolean> {
  const { lock } = condition;
  return yield [Holding.step(lock), options];
}

composedTwin(Condition.prototype.wait, wait);
composedTwin(Condition.prototype.acquire, acquire);
