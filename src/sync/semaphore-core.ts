/**
 * The state of a `Semaphore`, at the hub; see semaphore.ts for its rules.
 */
import { CoppiceError, invalidArgument } from '../core/errors.ts';
import type { Link } from '../core/links.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { Wait, type WaitTarget } from '../core/wait.ts';
import { LevelLinks } from './level-links.ts';
import type { Sharable } from './primitive.ts';
import { makeWords, MANY, move, State, takePermit, WAITED_FOR, wakeSleeper } from './words.ts';

const PERMIT: WaitTarget = { what: 'a permit of a Semaphore' };

export class SemaphoreCore implements Sharable {
  readonly links = new LevelLinks(() => this.free > 0);
  readonly waiters = new WaitQueue<true>(PERMIT, () => this.#settle());
  readonly #most: number;
  #free: number;
  /** The state, once a Worker has asked for it; `#free` counts no more then. See words.ts. */
  #words: Int32Array | undefined;

  constructor(value: number, most = Infinity) {
    this.#free = value;
    this.#most = most;
  }

  get free(): number {
    return this.#words ? Math.max(0, Atomics.load(this.#words, State)) : this.#free;
  }

  tryAcquire(): boolean {
    if (this.#words) return takePermit(this.#words);
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  acquire(): true | Wait<true> {
    if (this.tryAcquire()) return true;
    const wait = this.waiters.wait(undefined);
    return this.#words ? this.#sharedWait(this.#words, wait) : wait;
  }

  release(count = 1): void {
    if (!Number.isInteger(count) || count < 1)
      throw invalidArgument(
        `release() takes a whole number of permits, 1 or more; got ${String(count)}.`,
      );
    if (this.free + count > this.#most) {
      throw new CoppiceError(
        'ERR_COPPICE_OVER_RELEASE',
        `The BoundedSemaphore was released more often than acquired. Release once for each acquire.`,
      );
    }
    for (let left = count; left > 0; left--) {
      const handedOver = this.waiters.wakeOne(true);
      this.#settle();
      if (!handedOver) this.#put();
    }
    if (this.links.size > 0 && this.free > 0) this.links.fire();
  }

  share(): Int32Array {
    if (!this.#words) {
      this.#words = makeWords(Math.min(this.#free, MANY), Math.min(this.#most, MANY));
      if (this.waiters.size + this.links.size > 0 && this.#free === 0)
        this.#words[State] = WAITED_FOR;
    }
    return this.#words;
  }

  /** Hears of the next free permit. */
  link(callback: Link<unknown>, source: unknown): void {
    this.links.add(callback, source);
    // A Worker that gives one back must come to the hub with it.
    if (this.#words) move(this.#words, (free) => (free === 0 ? WAITED_FOR : undefined));
  }

  unlink(callback: Link<unknown>): void {
    this.links.remove(callback);
    this.#settle();
  }

  #put(): void {
    const words = this.#words;
    if (!words) this.#free++;
    else {
      if (Atomics.compareExchange(words, State, WAITED_FOR, 1) !== WAITED_FOR)
        Atomics.add(words, State, 1);
      wakeSleeper(words);
    }
  }

  /** A permit may be given back while the waiter is on its way into the queue; see words.ts. */
  #sharedWait(words: Int32Array, wait: Wait<true>): Wait<true> {
    return new Wait<true>((waker) => {
      const waits = move(words, (free) => (free > 0 ? undefined : WAITED_FOR));
      if (waits) return wait.begin(waker);
      if (!takePermit(words)) return this.#sharedWait(words, wait).begin(waker);
      if (waker.wake(true) === false) this.release();
      return () => {};
    }, PERMIT);
  }

  /** The last waiter has gone: from here on everybody may change the words again. */
  #settle(): void {
    const words = this.#words;
    if (
      words &&
      this.waiters.size + this.links.size === 0 &&
      Atomics.load(words, State) === WAITED_FOR
    )
      Atomics.store(words, State, 0);
  }
}
