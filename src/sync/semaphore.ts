/**
 * `Semaphore` and `BoundedSemaphore`: a number of permits.
 *
 * Invariant: permits are handed over, first come first served; so as long as anyone waits none is free, and nobody who
 * comes later can take one before him.
 */
import { answered } from '../core/answer.ts';
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import type { Link, Waitable } from '../core/links.ts';
import { setTwin } from '../core/twin.ts';
import { waitAtMost } from '../core/wait-queue.ts';
import { Wait } from '../core/wait.ts';
import { Acquirable } from './acquirable.ts';
import { CORE, limits, method, registerKind, wordsOf, performed } from './primitive.ts';
import { linkFace, unlinkFace } from './face-links.ts';
import { givePermit, inWorker, napFor, spinFor, State, takePermit, wakeSleeper } from './words.ts';
import { SemaphoreCore } from './semaphore-core.ts';

/**
 * A number of permits, which can be acquired and released by anyone.
 *
 * Since anyone may release, nobody owns a permit: that of a green thread which was terminated (`kill({ force: true })`)
 * before it released is gone, and no report can name who had it. A `Lock` has an owner, and who waits for one whose owner
 * has ended gets a `DeadlockError`.
 *
 * Follows gevent's `Semaphore`: releasing more often than acquiring adds permits.
 *
 * @example
 * const three = new Semaphore(3);
 * using permit = three.hold();
 */
export class Semaphore extends Acquirable<SemaphoreCore> implements Waitable<Semaphore> {
  /**
   * @param value how many permits there are, 0 or more.
   * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
   */
  constructor(value = 1, kind = 'semaphore') {
    if (!Number.isInteger(value) || value < 0)
      throw invalidArgument(
        `A semaphore has a whole number of permits, 0 or more; got ${String(value)}.`,
      );
    super(kind, [value]);
  }

  /** How many permits are free. */
  get value(): number {
    return this[CORE]?.free ?? valueCall(this);
  }

  /** Is a permit free? */
  get ready(): boolean {
    return this.value > 0;
  }

  /**
   * Takes a permit, waiting for one if none is free.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   * @returns was it acquired?
   */
  acquire(options?: WaitOptions): boolean {
    if (options !== undefined) checkLimits(options);
    return (
      (this[CORE] ? this[CORE].tryAcquire() : acquireHere(this, options)) ||
      acquireCall(this, ...limits(options))
    );
  }

  /** The explicit face of `acquire`. */
  acquireAsync(options?: WaitOptions): Promise<boolean> {
    return acquireCall.async(this, ...limits(options));
  }

  /** Takes a permit if one is free. Never waits. */
  tryAcquire(): boolean {
    return this[CORE] ? this[CORE].tryAcquire() : tryAcquireCall(this);
  }

  /**
   * Gives permits back: each to the one who has waited longest, or to whoever comes next.
   *
   * @throws {CoppiceError} `ERR_COPPICE_OVER_RELEASE` from a bounded semaphore.
   */
  release(count = 1): void {
    if (this[CORE]) this[CORE].release(count);
    else if (count !== 1 || !releaseHere(this)) releaseCall(this, count);
  }

  /** How many permits are free, and how many wait. */
  statistics(): SemaphoreStatistics {
    return Object.freeze(statisticsCall(this));
  }

  rawLink(callback: Link<Semaphore>): void {
    linkFace(this, callback);
  }

  rawUnlink(callback: Link<Semaphore>): void {
    unlinkFace(this, callback);
  }
}

/**
 * A semaphore that may not be released more often than it was acquired.
 *
 * Follows gevent's `BoundedSemaphore`.
 *
 * @example
 * const seats = new BoundedSemaphore(4);
 * seats.with(() => eat());
 */
export class BoundedSemaphore extends Semaphore {
  constructor(value = 1) {
    super(value, 'bounded-semaphore');
  }
}

/** What `Semaphore.statistics()` tells. */
export interface SemaphoreStatistics {
  readonly value: number;
  readonly waiting: number;
}

registerKind('semaphore', Semaphore, (value: number) => new SemaphoreCore(value));
registerKind(
  'bounded-semaphore',
  BoundedSemaphore,
  (value: number) => new SemaphoreCore(value, value),
);

/** In a Worker: without the hub, when a permit is free or about to be. */
function acquireHere(semaphore: Semaphore, options: WaitOptions | undefined): boolean {
  const words = wordsOf(semaphore);
  return inWorker(words, () => acquireIn(words as Int32Array, options === undefined)) ?? false;
}

function acquireIn(words: Int32Array, mayNap: boolean): boolean {
  if (takePermit(words)) return true;
  // Once somebody waits at the hub, whoever comes waits there, too, behind him.
  if (Atomics.load(words, State) < 0) return false;
  const attempt = (): boolean => takePermit(words);
  return spinFor(attempt) || (mayNap && napFor(words, attempt));
}

function releaseHere(semaphore: Semaphore): boolean {
  const words = wordsOf(semaphore);
  if (!words || !givePermit(words)) return false;
  wakeSleeper(words);
  return true;
}

const at = (semaphore: Semaphore): SemaphoreCore => semaphore[CORE] as SemaphoreCore;
const undo = (semaphore: Semaphore, got: boolean): void => void (got && at(semaphore).release());
const valueCall = method('Semaphore.value', (semaphore: Semaphore) => at(semaphore).free);
const tryAcquireCall = method(
  'Semaphore.tryAcquire',
  (semaphore: Semaphore) => at(semaphore).tryAcquire(),
  { undo },
);
const releaseCall = method('Semaphore.release', (semaphore: Semaphore, count: number) =>
  at(semaphore).release(count),
);
const acquireCall = method(
  'Semaphore.acquire',
  (semaphore: Semaphore, timeout?: number, _options?: WaitOptions): boolean | Wait<boolean> => {
    const result = at(semaphore).acquire();
    return result === true ? true : waitAtMost(result, timeout, false);
  },
  { optionsAt: 1, timed: true, undo },
);
const statisticsCall = method(
  'Semaphore.statistics',
  (semaphore: Semaphore): SemaphoreStatistics => ({
    value: at(semaphore).free,
    waiting: at(semaphore).waiters.size,
  }),
);
// Where fibers switch: see `twin` in primitive.ts.
const { acquire } = Semaphore.prototype;
setTwin(acquire, function (this: Semaphore, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  return core
    ? answered<Semaphore, boolean>(core.acquire(), undo, this)
    : performed({
        self: this,
        method: acquire,
        given: [options],
        call: acquireCall,
        args: limits(options),
      });
});
