/**
 * The state of a `Condition`, at the hub; see condition.ts for its rules.
 *
 * One who is notified, or whose time is over, steps into the line of the lock in that very moment: so they get it in the
 * order in which they were notified, behind those who had asked for it before. From then on what he waits for is the
 * lock. One who is gone before he has it leaves that line, and who waits longest is notified in his stead.
 */
import { programTask, type TaskWait } from '../core/task.ts';
import { WaitQueue, waitAtMost } from '../core/wait-queue.ts';
import { Wait, type Cancel, type WaitTarget, type Waker } from '../core/wait.ts';
import { MAIN } from '../hub/program.ts';
import type { LockCore } from './lock-core.ts';
import type { Lock } from './lock.ts';
import { CORE, owner } from './primitive.ts';

const NOTIFIED: WaitTarget = { what: 'a Condition to be notified' };

/** What one wait is for, now: the same object all the time, because reports keep it. */
class Target implements WaitTarget {
  present = NOTIFIED;

  get what(): string {
    return this.present.what;
  }

  get holders(): WaitTarget['holders'] {
    return this.present.holders;
  }
}

export class ConditionCore {
  readonly lock: Lock;
  readonly waiters = new WaitQueue<true>(NOTIFIED);
  /**
   * Of those who gave the lock up and have not got it back, how often they held it: by owner, and by wait. Weak, because
   * one that is ended by force does not come back for it.
   */
  readonly #depths = new WeakMap<object, Map<number, number>>();

  constructor(lock: Lock) {
    this.lock = lock;
  }

  get #lockCore(): LockCore {
    return this.lock[CORE] as LockCore;
  }

  /** @param id which wait of its owner it is: an owner can have several, as async code. */
  wait(timeout: number | undefined, id: number): Wait<boolean> {
    const me = owner();
    this.#lockCore.check(me);
    const notified = waitAtMost(this.waiters.wait(undefined), timeout, false);
    const target = new Target();
    return new Wait<boolean>((waker) => {
      let cancel = notified.begin({
        wake: (value) => {
          target.present = this.#lockCore.target;
          cancel = this.#stepOver(me, id, value, waker);
          return true;
        },
        fail: (error) => waker.fail(error),
      });
      // Queued first: whoever gets the lock by this release may notify at once.
      this.#giveUp(me, id);
      return () => cancel();
    }, target);
  }

  /** Into the line of the lock. */
  #stepOver(me: object, id: number, notified: boolean, waker: Waker<boolean>): Cancel {
    const { target } = this.#lockCore;
    // Coroutines of the program wait for locks as one, and before this it was not for the lock.
    const shown: TaskWait | undefined =
      me === MAIN
        ? { what: target.what, target, bounded: false, open: true, place: undefined, abort() {} }
        : undefined;
    if (shown) programTask.enter(shown);
    let over = false;
    const end = (): void => {
      over = true;
      if (shown) programTask.leave(shown);
    };
    const cancel = this.#takeBack(me, id, {
      wake: () => {
        end();
        const taken = waker.wake(notified) !== false;
        if (!taken && notified) this.#passOn();
        return taken;
      },
      fail: (error) => {
        end();
        waker.fail(error);
      },
    });
    return () => {
      if (over) return;
      end();
      cancel();
      if (notified) this.#passOn();
    };
  }

  /** Gets the lock back for one whose wait has failed. @returns `false` for one who never gave it up. */
  reacquire(id: number): false | Wait<boolean> {
    const me = owner();
    if (!this.#depths.get(me)?.has(id)) return false;
    return new Wait<boolean>((waker) => this.#takeBack(me, id, waker), this.#lockCore.target);
  }

  /** Wakes with the lock, held as often as it was. */
  #takeBack(me: object, id: number, waker: Waker<true>): Cancel {
    const depths = this.#depths.get(me) as Map<number, number>;
    const wake = (): boolean => {
      // One who is gone comes again by another call.
      const taken = waker.wake(true) !== false;
      if (taken) depths.delete(id);
      return taken;
    };
    const result = this.#lockCore.acquire(me, depths.get(id));
    if (result instanceof Wait) return result.begin({ wake, fail: (error) => waker.fail(error) });
    if (!wake()) this.#lockCore.releaseWhole(me);
    return () => {};
  }

  #giveUp(me: object, id: number): void {
    let depths = this.#depths.get(me);
    if (!depths) this.#depths.set(me, (depths = new Map()));
    depths.set(id, this.#lockCore.releaseWhole(me));
  }

  notify(count: number): void {
    this.#lockCore.check(owner());
    for (let left = count; left > 0 && this.waiters.wakeOne(true); left--);
  }

  #passOn(): void {
    this.waiters.wakeOne(true);
  }

  /** One who had got the lock back will never go on. */
  undo(notified: boolean): void {
    const me = owner();
    // First, so that the next one stands in the line already when the lock is let go.
    if (notified) this.#passOn();
    if (this.#lockCore.owner === me) this.#lockCore.releaseWhole(me);
  }
}
