/**
 * `Lock` and `RLock`: mutual exclusion, with an owner.
 *
 * Invariants: the owner is the green thread that acquired it, or the main program as a whole; only the owner releases,
 * which is what makes a cycle of locks provable; it is handed to the one who has waited longest, whose it is from the
 * moment of the hand-over, so that nobody can slip in between.
 */
import { answered } from '../core/answer.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { setTwin } from '../core/twin.ts';
import { waitAtMost } from '../core/wait-queue.ts';
import { Wait } from '../core/wait.ts';
import { Acquirable } from './acquirable.ts';
import { dropLock, takeLock } from './lock-words.ts';
import {
  CORE,
  limits,
  MAX_ID,
  method,
  nameOf,
  owner,
  registerKind,
  wordsOf,
  performed,
} from './primitive.ts';
import { inWorker, napFor, spinFor, State } from './words.ts';
import { LockCore } from './lock-core.ts';

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
  /** @internal */
  static readonly kind: string = 'lock';

  constructor() {
    super(new.target.kind, []);
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
  /** @internal */
  static override readonly kind = 'rlock';
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
const { acquire } = Lock.prototype;
setTwin(acquire, function (this: Lock, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  return core
    ? answered<Lock, boolean>(core.acquire(owner()), undo, this)
    : performed({
        self: this,
        method: acquire,
        given: [options],
        call: acquireCall,
        args: limits(options),
      });
});
