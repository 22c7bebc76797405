/**
 * `Lock` and `RLock`: mutual exclusion, with an owner.
 *
 * Invariants: the owner is the green thread that acquired it, or the main program as a whole; only the owner releases,
 * which is what makes a cycle of locks provable; it is handed to the one who has waited longest, whose it is from the
 * moment of the hand-over, so that nobody can slip in between.
 */
import { answered } from '../core/answer.ts';
import { CoppiceError } from '../core/errors.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { setTwin, twinOf } from '../core/twin.ts';
import { WaitQueue, waitAtMost } from '../core/wait-queue.ts';
import { Wait, type WaitTarget } from '../core/wait.ts';
import { noteHeld } from '../hub/deadlock.ts';
import { Acquirable } from './acquirable.ts';
import {
  CORE,
  idOf,
  limits,
  MAX_ID,
  method,
  nameOf,
  owner,
  ownerOf,
  registerKind,
  wordsOf,
  type Sharable,
} from './primitive.ts';
import { Extra, inWorker, makeWords, move, napFor, spinFor, State, wakeSleeper } from './words.ts';

export class LockCore implements Sharable {
  readonly waiters: WaitQueue<true, { readonly me: object; readonly depth: number }>;
  readonly #target: WaitTarget;
  readonly #reentrant: boolean;
  #owner: object | undefined;
  #depth = 0;
  /** The state, once a Worker has asked for it; `#owner` and `#depth` count no more then. See words.ts. */
  #words: Int32Array | undefined;

  constructor(reentrant: boolean) {
    this.#reentrant = reentrant;
    this.#target = {
      what: reentrant ? 'an RLock' : 'a Lock',
      holders: () => (this.owner ? [this.owner] : []),
    };
    this.waiters = new WaitQueue(this.#target, () => this.#settle());
  }

  get owner(): object | undefined {
    if (!this.#words) return this.#owner;
    const id = Math.abs(Atomics.load(this.#words, State));
    return id === 0 ? undefined : ownerOf(id);
  }

  /** How often the owner has acquired it. */
  get depth(): number {
    return this.#words ? Atomics.load(this.#words, Extra) : this.#depth;
  }

  tryAcquire(me: object): boolean {
    if (this.#words) return takeLock(this.#words, idOf(me), this.#reentrant);
    if (this.#owner === undefined) {
      this.#owner = me;
      this.#depth = 1;
      return true;
    }
    if (!this.#reentrant || this.#owner !== me) return false;
    this.#depth++;
    return true;
  }

  /** @param depth how often it counts as acquired, for one who gave it up whole. */
  acquire(me: object, depth = 1): true | Wait<true> {
    if (this.tryAcquire(me)) {
      if (depth > 1) this.#setDepth(depth);
      return true;
    }
    noteHeld();
    const wait = this.waiters.wait({ me, depth });
    return this.#words ? this.#sharedWait(this.#words, wait, me, depth) : wait;
  }

  release(me: object): void {
    this.check(me);
    const depth = this.depth - 1;
    this.#setDepth(depth);
    if (depth === 0) this.#handOver();
  }

  /** Gives it up whole. @returns how often it was acquired. */
  releaseWhole(me: object): number {
    this.check(me);
    const { depth } = this;
    this.#setDepth(0);
    this.#handOver();
    return depth;
  }

  check(me: object): void {
    if (this.#words ? Math.abs(Atomics.load(this.#words, State)) === idOf(me) : this.#owner === me)
      return;
    const { owner: holder } = this;
    const state = holder ? `held by ${nameOf(holder)}` : 'not held';
    throw new CoppiceError(
      'ERR_COPPICE_NOT_OWNER',
      `${nameOf(me)} does not own the lock, which is ${state}. Release it where it was acquired; ` +
        'use a Semaphore to signal from one green thread to another.',
    );
  }

  share(): Int32Array {
    if (!this.#words) {
      const id = this.#owner ? idOf(this.#owner) : 0;
      this.#words = makeWords(this.waiters.size > 0 ? -id : id, this.#depth);
    }
    return this.#words;
  }

  #setDepth(depth: number): void {
    if (this.#words) Atomics.store(this.#words, Extra, depth);
    else this.#depth = depth;
  }

  /** The owner, here or at the Worker that asked for it, has let go. Nobody but the hub changes the state meanwhile. */
  #handOver(): void {
    for (let waiter = this.waiters.take(); waiter; waiter = this.waiters.take()) {
      const { me, depth } = waiter.data;
      this.#setDepth(depth);
      if (this.#words) {
        const id = idOf(me);
        Atomics.store(this.#words, State, this.waiters.size > 0 ? -id : id);
      } else {
        this.#owner = me;
      }
      if (waiter.wake(true)) return;
      // What was his for a moment may have been seen as free of waiters; it is still nobody's to release.
    }
    this.#setDepth(0);
    this.#owner = undefined;
    if (this.#words) {
      Atomics.store(this.#words, State, 0);
      wakeSleeper(this.#words);
    }
  }

  /** The lock may be let go while the waiter is on its way into the queue; see words.ts. */
  #sharedWait(words: Int32Array, wait: Wait<true>, me: object, depth: number): Wait<true> {
    return new Wait<true>((waker) => {
      const waits = move(words, (state) => (state === 0 ? undefined : -Math.abs(state)));
      if (waits) return wait.begin(waker);
      if (!takeLock(words, idOf(me), false))
        return this.#sharedWait(words, wait, me, depth).begin(waker);
      this.#setDepth(depth);
      if (waker.wake(true) === false) this.releaseWhole(me);
      return () => {};
    }, this.#target);
  }

  /** The last waiter has gone: from here on the owner may let go without the hub. */
  #settle(): void {
    const words = this.#words;
    if (!words || this.waiters.size > 0) return;
    Atomics.store(words, State, Math.abs(Atomics.load(words, State)));
  }
}

/** Takes the lock if it is free, or the owner's already. */
function takeLock(words: Int32Array, me: number, reentrant: boolean): boolean {
  const state = Atomics.compareExchange(words, State, 0, me);
  if (state === 0) Atomics.store(words, Extra, 1);
  else if (reentrant && Math.abs(state) === me) Atomics.add(words, Extra, 1);
  else return false;
  return true;
}

/** Lets the lock go if it is the owner's and nobody waits. */
function dropLock(words: Int32Array, me: number): boolean {
  if (Atomics.load(words, State) !== me) return false;
  const depth = Atomics.load(words, Extra);
  Atomics.store(words, Extra, depth - 1);
  if (depth > 1) return true;
  if (Atomics.compareExchange(words, State, me, 0) === me) {
    wakeSleeper(words);
    return true;
  }
  // Somebody began to wait just now: the hub hands it over, and counts for itself.
  Atomics.store(words, Extra, depth);
  return false;
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
export class Lock extends Acquirable<LockCore> {
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
    if (options !== undefined) checkLimits(options);
    return (
      (this[CORE] ? this[CORE].tryAcquire(owner()) : acquireHere(this, options)) ||
      acquireCall(this, ...limits(options))
    );
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
    else if (!releaseHere(this)) releaseCall(this);
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

/** In a Worker: without the hub, when it is free or about to be. */
function acquireHere(lock: Lock, options: WaitOptions | undefined): boolean {
  const words = wordsOf(lock);
  return (
    inWorker(words, () =>
      acquireIn(words as Int32Array, lock instanceof RLock, options === undefined),
    ) ?? false
  );
}

function acquireIn(words: Int32Array, reentrant: boolean, mayNap: boolean): boolean {
  const me = heap.way.shared?.ownerId() ?? 0;
  if (me === 0 || me > MAX_ID) return false;
  if (takeLock(words, me, reentrant)) return true;
  // Once somebody waits at the hub, whoever comes waits there, too, behind him. One's own is never let go meanwhile.
  const state = Atomics.load(words, State);
  if (state < 0 || state === me) return false;
  const attempt = (): boolean => Atomics.load(words, State) === 0 && takeLock(words, me, false);
  return spinFor(attempt) || (mayNap && napFor(words, attempt));
}

function releaseHere(lock: Lock): boolean {
  const words = wordsOf(lock);
  const me = heap.way.shared?.ownerId() ?? 0;
  return words !== undefined && me !== 0 && dropLock(words, me);
}

const at = (lock: Lock): LockCore => lock[CORE] as LockCore;
const lockedCall = method('Lock.locked', (lock: Lock) => at(lock).owner !== undefined);
const undo = (lock: Lock, got: boolean): void => void (got && at(lock).release(owner()));
const tryAcquireCall = method('Lock.tryAcquire', (lock: Lock) => at(lock).tryAcquire(owner()), {
  owned: true,
  undo,
});
const releaseCall = method('Lock.release', (lock: Lock) => at(lock).release(owner()), {
  owned: true,
});
const acquireCall = method(
  'Lock.acquire',
  (lock: Lock, timeout?: number, _options?: WaitOptions): boolean | Wait<boolean> => {
    const result = at(lock).acquire(owner());
    return result === true ? true : waitAtMost(result, timeout, false);
  },
  { optionsAt: 1, timed: true, owned: true, undo },
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
// Where fibers switch: see `twin` in primitive.ts.
setTwin(Lock.prototype.acquire, function (this: Lock, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  return core
    ? answered<Lock, boolean>(core.acquire(owner()), undo, this)
    : twinOf(acquireCall)(this, ...limits(options));
});
