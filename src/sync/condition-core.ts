/**
 * The state of a `Condition`, at the hub; see condition.ts for its rules.
 */
import { WaitQueue, waitAtMost } from '../core/wait-queue.ts';
import { Wait, type WaitTarget } from '../core/wait.ts';
import type { LockCore } from './lock-core.ts';
import type { Lock } from './lock.ts';
import { CORE, owner } from './primitive.ts';

const NOTIFIED: WaitTarget = { what: 'a Condition to be notified' };

export class ConditionCore {
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
