/**
 * The one queue in which everybody waits for a primitive: fibers, coroutines, and the calls of worker green threads.
 *
 * Invariants: first in, first out across all kinds of waiters; a waiter that is withdrawn leaves at once, in constant
 * time, and no trace of it stays; a value that a waiter did not take (it was killed or timed out in the same moment)
 * goes to the next one, so a hand-over is either taken or passed on. A waker may run other code before it returns, so
 * callers bring their own state in order before they wake anyone.
 */
import { clock } from './clock.ts';
import { checkMilliseconds } from './errors.ts';
import { Wait, type Cancel, type WaitTarget, type Waker } from './wait.ts';

/** Where a waiter stands, for the queue alone to change. */
interface Place<T, D> {
  previous: Waiter<T, D> | undefined;
  following: Waiter<T, D> | undefined;
  order: number;
}

/** One who waits, with what the queue's owner wants to know of it. It is the wait itself, to spare an object. */
export class Waiter<T, D> extends Wait<T> implements Place<T, D> {
  readonly data: D;
  previous: Waiter<T, D> | undefined = undefined;
  following: Waiter<T, D> | undefined = undefined;
  /** Grows along the queue; 0 while it is in none. */
  order = 0;
  readonly #queue: WaitQueue<T, D>;
  #waker: Waker<T> | undefined;

  constructor(queue: WaitQueue<T, D>, data: D) {
    super(undefined, queue.target);
    this.#queue = queue;
    this.data = data;
  }

  override begin(waker: Waker<T>): Cancel {
    this.arm(waker);
    return () => this.cancel();
  }

  /** As `begin`, without making a cancel. */
  arm(waker: Waker<T>): void {
    this.#waker = waker;
    this.#queue.append(this);
  }

  cancel(): void {
    if (this.#queue.remove(this)) this.#queue.left?.();
  }

  /** @returns was the value taken? */
  wake(value: T): boolean {
    return (this.#waker as Waker<T>).wake(value) !== false;
  }

  fail(error: unknown): void {
    (this.#waker as Waker<T>).fail(error);
  }
}

export class WaitQueue<T, D = undefined> {
  #head: Waiter<T, D> | undefined;
  #tail: Waiter<T, D> | undefined;
  #size = 0;
  #order = 0;
  /** What is waited for here. */
  readonly target: string | WaitTarget;
  /** Called when a waiter has been withdrawn. */
  readonly left: (() => void) | undefined;

  constructor(target: string | WaitTarget, left?: () => void) {
    this.target = target;
    this.left = left;
  }

  get size(): number {
    return this.#size;
  }

  /** Who is first, without taking it out. */
  get first(): Waiter<T, D> | undefined {
    return this.#head;
  }

  /** A wait in this queue. */
  wait(data: D): Wait<T> {
    return new Waiter<T, D>(this, data);
  }

  /** Puts a waiter at the end. For the waiter itself. */
  append(waiter: Waiter<T, D>): void {
    waiter.order = ++this.#order;
    const tail = this.#tail;
    waiter.previous = tail;
    if (tail) tail.following = waiter;
    else this.#head = waiter;
    this.#tail = waiter;
    this.#size++;
  }

  /** Takes the first one out; it is then the caller's to wake. */
  take(): Waiter<T, D> | undefined {
    const first = this.#head;
    if (first) this.remove(first);
    return first;
  }

  /** Hands the value to the first who takes it. @returns did anyone? */
  wakeOne(value: T): boolean {
    for (let waiter = this.take(); waiter; waiter = this.take())
      if (waiter.wake(value)) return true;
    return false;
  }

  /** Wakes all who wait now, not those who come meanwhile. @returns how many took the value. */
  wakeAll(value: T): number {
    let taken = 0;
    this.#forEach((waiter) => {
      if (waiter.wake(value)) taken++;
    });
    return taken;
  }

  /** Fails all who wait now. */
  failAll(error: unknown): void {
    this.#forEach((waiter) => waiter.fail(error));
  }

  /** Those who wait, first come first. */
  *[Symbol.iterator](): Generator<Waiter<T, D>> {
    for (let waiter = this.#head; waiter; waiter = waiter.following) yield waiter;
  }

  #forEach(visit: (waiter: Waiter<T, D>) => void): void {
    // By order and not by count: a visit can make others of this round leave, or new ones come.
    const last = this.#tail?.order ?? 0;
    while (this.#head && this.#head.order <= last) visit(this.take() as Waiter<T, D>);
  }

  /** Takes a waiter out, wherever it stands. @returns was it in the queue? */
  remove(waiter: Waiter<T, D>): boolean {
    if (waiter.order === 0) return false;
    waiter.order = 0;
    const { previous, following } = waiter;
    if (previous) previous.following = following;
    else this.#head = following;
    if (following) following.previous = previous;
    else this.#tail = previous;
    waiter.previous = waiter.following = undefined;
    this.#size--;
    return true;
  }
}

const noop = (): void => {};

/** The same wait, but after `timeout` milliseconds it is withdrawn and gives `late`. */
export function waitAtMost<T, L>(wait: Wait<T>, timeout: number | undefined, late: L): Wait<T | L> {
  if (timeout === undefined || timeout === Infinity) return wait;
  checkMilliseconds(timeout, 'timeout');
  return new Wait<T | L>((waker) => {
    let cancel: Cancel = noop;
    // Set first: the wait may wake before `begin` returns.
    const timer = clock().setTimer(() => {
      cancel();
      waker.wake(late);
    }, timeout);
    cancel = wait.begin({
      wake: (value) => (timer.cancel(), waker.wake(value)),
      fail: (error) => (timer.cancel(), waker.fail(error)),
    });
    return () => {
      timer.cancel();
      cancel();
    };
  }, wait.what);
}
