/**
 * The state behind all queues.
 *
 * Invariants: getters wait only while there is no item, putters only while there is no room; both are served first come
 * first served; an item is either in the storage or with exactly one getter, also when a getter or a putter is gone in
 * the moment of the hand-over. After a shutdown nothing comes in, and what is in can still be got.
 */
import { CoppiceError } from '../core/errors.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import type { Wait, WaitTarget } from '../core/wait.ts';
import { LevelLinks } from './level-links.ts';
import type { Storage } from './storage.ts';

const EMPTY: WaitTarget = { what: 'an item of a Queue' };
const FULL: WaitTarget = { what: 'room in a Queue' };
const BUSY: WaitTarget = { what: 'the items of a Queue to be done' };

export class QueueCore<T> {
  readonly links = new LevelLinks(() => this.items.size > 0 || this.closed);
  readonly items: Storage<T>;
  readonly maxSize: number;
  /** `true`: takes the item; `false`: only looks at it. */
  readonly getters = new WaitQueue<T, boolean>();
  readonly putters = new WaitQueue<void, T>();
  readonly joiners = new WaitQueue<void>();
  unfinished = 0;
  closed = false;

  constructor(items: Storage<T>, maxSize: number) {
    this.items = items;
    this.maxSize = maxSize;
  }

  get(): T | Wait<T> {
    if (this.items.size > 0) return this.#take();
    if (this.closed) throw closedError('Queue');
    return this.getWait();
  }

  /** Only waits, for one who knows that there is no item. */
  getWait(): Wait<T> {
    return this.getters.wait(EMPTY, true);
  }

  /** Only waits, for one who knows that there is no room. */
  putWait(item: T): Wait<void> {
    return this.putters.wait(FULL, item);
  }

  tryGet(): { readonly item: T } | undefined {
    return this.items.size > 0 ? { item: this.#take() } : undefined;
  }

  peek(): T | Wait<T> {
    if (this.items.size > 0) return this.items.peek();
    if (this.closed) throw closedError('Queue');
    return this.getters.wait(EMPTY, false);
  }

  put(item: T): void | Wait<void> {
    return this.tryPut(item) ? undefined : this.putWait(item);
  }

  tryPut(item: T): boolean {
    if (this.closed) throw closedError('Queue');
    if (this.items.size >= this.maxSize) return false;
    this.items.add(item);
    this.unfinished++;
    this.#serve();
    return true;
  }

  /** Putting on the spot, for a putter who may turn out to be gone: a getter cannot be asked to give an item back. */
  commit<R>(item: T, value: R): { value: R; act(): void } | undefined {
    if (this.closed || this.items.size >= this.maxSize) return undefined;
    return { value, act: () => void this.tryPut(item) };
  }

  /** A getter that was given this item on the spot was gone. */
  giveBack(item: T): void {
    this.items.giveBack(item);
    this.#serve();
  }

  taskDone(): void {
    if (this.unfinished === 0) {
      throw new CoppiceError(
        'ERR_COPPICE_OVER_RELEASE',
        'taskDone() was called more often than items were put. Call it once for each item that was got.',
      );
    }
    this.#finish();
  }

  join(): void | Wait<void> {
    return this.unfinished === 0 ? undefined : this.joiners.wait(BUSY, undefined);
  }

  shutdown(immediate: boolean): void {
    this.closed = true;
    this.putters.failAll(closedError('Queue'));
    if (immediate) {
      while (this.items.size > 0) {
        this.items.take();
        this.#finish();
      }
    }
    if (this.items.size === 0) this.getters.failAll(closedError('Queue'));
    this.links.fire();
  }

  #take(): T {
    const item = this.items.take();
    this.#admit();
    return item;
  }

  /** Gives items to those who wait for them. */
  #serve(): void {
    while (this.items.size > 0) {
      const getter = this.getters.take();
      if (!getter) {
        this.links.fire();
        return;
      }
      if (!getter.data) {
        getter.wake(this.items.peek());
        continue;
      }
      const item = this.items.take();
      if (getter.wake(item)) this.#admit();
      else this.items.giveBack(item);
    }
  }

  /** Lets items in whose putters wait for room. */
  #admit(): void {
    while (this.items.size < this.maxSize) {
      const putter = this.putters.take();
      if (!putter) return;
      this.items.add(putter.data);
      this.unfinished++;
      if (putter.wake()) {
        if (this.getters.size > 0) this.#serve();
      } else {
        this.items.retract(putter.data);
        this.#finish();
      }
    }
  }

  #finish(): void {
    if (--this.unfinished === 0) this.joiners.wakeAll();
  }
}

/** What is thrown where nothing can come any more. */
export function closedError(what: string): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_CLOSED',
    `The ${what} was closed, so nothing more goes in and no more than is there comes out. ` +
      'Iterate over it, or catch this error, to notice its end.',
  );
}

/** Is it the error that says so? */
export function isClosed(error: unknown): boolean {
  return error instanceof CoppiceError && error.code === 'ERR_COPPICE_CLOSED';
}
