/**
 * `Condition`: waiting, with a lock given up meanwhile, until somebody who holds the lock says that something changed.
 *
 * Invariants: those who are notified get the lock in the order in which they came, before anybody who asks for it later; a
 * notification goes to exactly one waiter and is passed on if he is gone before he goes on; whoever waited holds the lock
 * again when `wait` ends, also when it ends by a timeout or a kill, because the block around it will release it.
 */
import { DeadlockError, invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { composedTwin, runAsync, runBlocking, type Logic } from './composed.ts';
import { Acquirable } from './acquirable.ts';
import { Holding } from './holding.ts';
import { Lock } from './lock.ts';
import { CORE, limits, method, registerKind } from './primitive.ts';
import { ConditionCore } from './condition-core.ts';

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
   * Wakes those who have waited longest. They go on when they have the lock, for which they stand in line from now on.
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
  (condition: Condition, timeout?: number, _options?: WaitOptions, id?: number) =>
    at(condition).wait(timeout, id as number),
  {
    optionsAt: 1,
    timed: true,
    owned: true,
    undo: (condition, notified) => at(condition).undo(notified),
  },
);
const reacquireCall = method(
  'Condition.reacquire',
  (condition: Condition, id: number) => at(condition).reacquire(id),
  { waits: true, owned: true, undo: (condition, got) => void (got && at(condition).undo(false)) },
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

/** Of the waits of this heap. */
let lastId = 0;

function* wait(condition: Condition, options?: WaitOptions): Logic<boolean> {
  // What could not be acquired again, however often that is tried, must not be begun.
  if (!(condition instanceof Condition))
    throw invalidArgument(
      'wait() was called without its Condition: write condition.wait(), or () => condition.wait() where a function is wanted.',
    );
  checkLimits(options);
  const [timeout, others] = limits(options);
  const id = ++lastId;
  try {
    return yield [waitCall, condition, timeout, others, id];
  } catch (error) {
    yield* reacquire(condition, id);
    throw error;
  }
}

/** A kill that comes now has to wait until the lock is back; what ends the wait for ever does not. */
function* reacquire(condition: Condition, id: number): Logic<void> {
  let interruption: { readonly error: unknown } | undefined;
  for (;;) {
    try {
      yield [reacquireCall, condition, id];
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
