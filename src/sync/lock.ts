/**
 * `Lock` and `RLock`: mutual exclusion, with an owner.
 *
 * Invariants: the owner is the green thread that acquired it, or the main program as a whole; only the owner releases,
 * which is what makes a cycle of locks provable; it is handed to the one who has waited longest, whose it is from the
 * moment of the hand-over, so that nobody can slip in between.
 */
import { CoppiceError } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { WaitQueue, waitAtMost } from '../core/wait-queue.ts';
import type { Wait, WaitTarget } from '../core/wait.ts';
import { noteHeld } from '../hub/deadlock.ts';
import { Holding } from './holding.ts';
import { CORE, limits, method, nameOf, owner, Primitive, registerKind, twin } from './primitive.ts';

export class LockCore {
  readonly waiters = new WaitQueue<true, { readonly me: object; readonly depth: number }>();
  readonly #target: WaitTarget;
  readonly #reentrant: boolean;
  owner: object | undefined;
  /** How often the owner has acquired it. */
  depth = 0;

  constructor(reentrant: boolean) {
    this.#reentrant = reentrant;
    this.#target = {
      what: reentrant ? 'an RLock' : 'a Lock',
      holders: () => (this.owner ? [this.owner] : []),
    };
  }

  tryAcquire(me: object): boolean {
    if (this.owner === undefined) {
      this.owner = me;
      this.depth = 1;
      return true;
    }
    if (!this.#reentrant || this.owner !== me) return false;
    this.depth++;
    return true;
  }

  /** @param depth how often it counts as acquired, for one who gave it up whole. */
  acquire(me: object, depth = 1): true | Wait<true> {
    if (this.tryAcquire(me)) {
      if (depth > 1) this.depth = depth;
      return true;
    }
    noteHeld();
    return this.waiters.wait(this.#target, { me, depth });
  }

  release(me: object): void {
    this.check(me);
    if (--this.depth === 0) this.#handOver();
  }

  /** Gives it up whole. @returns how often it was acquired. */
  releaseWhole(me: object): number {
    this.check(me);
    const { depth } = this;
    this.depth = 0;
    this.#handOver();
    return depth;
  }

  check(me: object): void {
    if (this.owner === me) return;
    const state = this.owner ? `held by ${nameOf(this.owner)}` : 'not held';
    throw new CoppiceError(
      'ERR_COPPICE_NOT_OWNER',
      `${nameOf(me)} does not own the lock, which is ${state}. Release it where it was acquired; ` +
        'use a Semaphore to signal from one green thread to another.',
    );
  }

  #handOver(): void {
    for (let waiter = this.waiters.take(); waiter; waiter = this.waiters.take()) {
      this.owner = waiter.data.me;
      this.depth = waiter.data.depth;
      if (waiter.wake(true)) return;
    }
    this.owner = undefined;
    this.depth = 0;
  }
}

/**
 * Mutual exclusion among green threads of all kinds and coroutines, first come first served.
 *
 * Follows trio's `Lock`: it has an owner, and only the owner may release it.
 *
 * @example
 * const lock = new Lock();
 * lock.with(() => account.transfer(100));
 */
export class Lock extends Primitive<LockCore> {
  constructor(kind = 'lock') {
    super(kind, []);
  }

  /** Is it held by anyone? */
  get locked(): boolean {
    return this[CORE] ? this[CORE].owner !== undefined : lockedCall(this);
  }

  /**
   * Acquires it, waiting until it is free.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   * @returns was it acquired?
   */
  acquire(options?: WaitOptions): boolean {
    return this[CORE]?.tryAcquire(owner()) || acquireCall(this, ...limits(options));
  }

  /** The explicit face of `acquire`. */
  acquireAsync(options?: WaitOptions): Promise<boolean> {
    return acquireCall.async(this, ...limits(options));
  }

  /** Acquires it if it is free. Never waits. */
  tryAcquire(): boolean {
    return this[CORE] ? this[CORE].tryAcquire(owner()) : tryAcquireCall(this);
  }

  /**
   * Hands it to the one who has waited longest.
   *
   * @throws {CoppiceError} `ERR_COPPICE_NOT_OWNER` when the current green thread does not own it.
   */
  release(): void {
    if (this[CORE]) this[CORE].release(owner());
    else releaseCall(this);
  }

  /** Acquires; disposing the result releases. Disposing twice releases once. */
  hold(options?: WaitOptions): Disposable {
    return Holding.blocking(this, options);
  }

  /** The explicit face of `hold`. */
  holdAsync(options?: WaitOptions): Promise<Disposable> {
    return Holding.async(this, options);
  }

  /** Runs `work` while holding it; it is released whatever happens. */
  with<R>(work: () => R, options?: WaitOptions): R {
    return Holding.with(this, work, options);
  }

  /** The explicit face of `with`; `work` may be async. */
  withAsync<R>(work: () => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return Holding.withAsync(this, work, options);
  }

  /** Who has it, and how many wait. */
  statistics(): LockStatistics {
    return Object.freeze(statisticsCall(this));
  }
}

/**
 * A lock that its owner can acquire again; it is free when it was released as often.
 *
 * Follows gevent's `RLock`. All coroutines of the main program outside any green thread count as one owner.
 *
 * @example
 * const lock = new RLock();
 * lock.with(() => lock.with(() => {}));
 */
export class RLock extends Lock {
  constructor() {
    super('rlock');
  }
}

/** What `Lock.statistics()` tells. */
export interface LockStatistics {
  readonly locked: boolean;
  /** The name of the green thread that owns it. */
  readonly owner: string | undefined;
  /** How often the owner has acquired it. */
  readonly depth: number;
  readonly waiting: number;
}

registerKind('lock', Lock, () => new LockCore(false));
registerKind('rlock', RLock, () => new LockCore(true));

const at = (lock: Lock): LockCore => lock[CORE] as LockCore;
const lockedCall = method('Lock.locked', (lock: Lock) => at(lock).owner !== undefined);
const undo = (lock: Lock, got: boolean): void => void (got && at(lock).release(owner()));
const tryAcquireCall = method('Lock.tryAcquire', (lock: Lock) => at(lock).tryAcquire(owner()), {
  undo,
});
const releaseCall = method('Lock.release', (lock: Lock) => at(lock).release(owner()));
const acquireCall = method(
  'Lock.acquire',
  (lock: Lock, timeout?: number, _options?: WaitOptions): boolean | Wait<boolean> => {
    const result = at(lock).acquire(owner());
    return result === true ? true : waitAtMost(result, timeout, false);
  },
  { optionsAt: 1, undo },
);
const statisticsCall = method('Lock.statistics', (lock: Lock): LockStatistics => {
  const core = at(lock);
  return {
    locked: core.owner !== undefined,
    owner: core.owner && nameOf(core.owner),
    depth: core.depth,
    waiting: core.waiters.size,
  };
});
twin(Lock.prototype.acquire, acquireCall, limits);
Holding.twins(Lock.prototype);
