/**
 * The state of a `Lock`, at the hub; see lock.ts for its rules.
 */
import { CoppiceError } from '../core/errors.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { Wait, type WaitTarget } from '../core/wait.ts';
import { noteHeld } from '../hub/deadlock.ts';
import { takeLock } from './lock-words.ts';
import { idOf, nameOf, ownerOf, type Sharable } from './primitive.ts';
import { Extra, makeWords, move, State, wakeSleeper } from './words.ts';

export class LockCore implements Sharable {
  readonly waiters: WaitQueue<true, { readonly me: object; readonly depth: number }>;
  readonly target: WaitTarget;
  readonly #reentrant: boolean;
  #owner: object | undefined;
  #depth = 0;
  /** The state, once a Worker has asked for it; `#owner` and `#depth` count no more then. See words.ts. */
  #words: Int32Array | undefined;

  constructor(reentrant: boolean) {
    this.#reentrant = reentrant;
    this.target = {
      what: reentrant ? 'an RLock' : 'a Lock',
      holders: () => (this.owner ? [this.owner] : []),
    };
    this.waiters = new WaitQueue(this.target, () => this.#settle());
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
      // Beside what the owner holds already, which another coroutine of his may have acquired.
      if (depth > 1) this.#setDepth(this.depth - 1 + depth);
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
    }, this.target);
  }

  /** The last waiter has gone: from here on the owner may let go without the hub. */
  #settle(): void {
    const words = this.#words;
    if (!words || this.waiters.size > 0) return;
    Atomics.store(words, State, Math.abs(Atomics.load(words, State)));
  }
}
