/**
 * `Semaphore` and `BoundedSemaphore`: a number of permits.
 *
 * Invariant: permits are handed over, first come first served; so as long as anyone waits none is free, and nobody who
 * comes later can take one before him.
 */
import { CoppiceError, invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import type { Link, Waitable } from '../core/links.ts';
import { WaitQueue, waitAtMost } from '../core/wait-queue.ts';
import type { Wait, WaitTarget } from '../core/wait.ts';
import { Holding } from './holding.ts';
import { LevelLinks } from './level-links.ts';
import { CORE, limits, method, Primitive, registerKind, twin } from './primitive.ts';

export class SemaphoreCore {
  readonly links = new LevelLinks(() => this.free > 0);
  readonly waiters = new WaitQueue<true>();
  readonly #target: WaitTarget = { what: 'a permit of a Semaphore' };
  readonly #most: number;
  free: number;

  constructor(value: number, most = Infinity) {
    this.free = value;
    this.#most = most;
  }

  tryAcquire(): boolean {
    if (this.free === 0) return false;
    this.free--;
    return true;
  }

  acquire(): true | Wait<true> {
    return this.tryAcquire() || this.waiters.wait(this.#target, undefined);
  }

  release(count = 1): void {
    if (!Number.isInteger(count) || count < 1)
      throw invalidArgument(`release() takes a whole number of permits, 1 or more; got ${count}.`);
    if (this.free + count > this.#most) {
      throw new CoppiceError(
        'ERR_COPPICE_OVER_RELEASE',
        `The BoundedSemaphore was released more often than acquired. Release once for each acquire.`,
      );
    }
    for (let left = count; left > 0; left--) if (!this.waiters.wakeOne(true)) this.free++;
    if (this.free > 0) this.links.fire();
  }
}

/**
 * A number of permits, which can be acquired and released by anyone.
 *
 * Follows gevent's `Semaphore`: releasing more often than acquiring adds permits.
 *
 * @example
 * const three = new Semaphore(3);
 * using permit = three.hold();
 */
export class Semaphore extends Primitive<SemaphoreCore> implements Waitable<Semaphore> {
  /**
   * @param value how many permits there are, 0 or more.
   * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
   */
  constructor(value = 1, kind = 'semaphore') {
    if (!Number.isInteger(value) || value < 0)
      throw invalidArgument(`A semaphore has a whole number of permits, 0 or more; got ${value}.`);
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
    return this[CORE]?.tryAcquire() || acquireCall(this, ...limits(options));
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
    else releaseCall(this, count);
  }

  /** Acquires; disposing the result releases. Disposing twice releases once. */
  hold(options?: WaitOptions): Disposable {
    return Holding.blocking(this, options);
  }

  /** The explicit face of `hold`. */
  holdAsync(options?: WaitOptions): Promise<Disposable> {
    return Holding.async(this, options);
  }

  /** Runs `work` with a permit, which is given back whatever happens. */
  with<R>(work: () => R, options?: WaitOptions): R {
    return Holding.with(this, work, options);
  }

  /** The explicit face of `with`; `work` may be async. */
  withAsync<R>(work: () => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return Holding.withAsync(this, work, options);
  }

  /** How many permits are free, and how many wait. */
  statistics(): SemaphoreStatistics {
    return Object.freeze(statisticsCall(this));
  }

  rawLink(callback: Link<Semaphore>): void {
    this[CORE]?.links.add(callback as Link<unknown>, this);
  }

  rawUnlink(callback: Link<Semaphore>): void {
    this[CORE]?.links.remove(callback as Link<unknown>);
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

const at = (semaphore: Semaphore): SemaphoreCore => semaphore[CORE] as SemaphoreCore;
const valueCall = method('Semaphore.value', (semaphore: Semaphore) => at(semaphore).free);
const tryAcquireCall = method(
  'Semaphore.tryAcquire',
  (semaphore: Semaphore) => at(semaphore).tryAcquire(),
  { undo: (semaphore, got) => void (got && at(semaphore).release()) },
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
  { optionsAt: 1, undo: (semaphore, got) => void (got && at(semaphore).release()) },
);
const statisticsCall = method(
  'Semaphore.statistics',
  (semaphore: Semaphore): SemaphoreStatistics => ({
    value: at(semaphore).free,
    waiting: at(semaphore).waiters.size,
  }),
);
twin(Semaphore.prototype.acquire, acquireCall, limits);
Holding.twins(Semaphore.prototype);
