/**
 * The state behind all queues.
 *
 * Invariants: getters wait only while there is no item, putters only while there is no room; both are served first come
 * first served; an item is either in the storage or with exactly one getter, also when a getter or a putter is gone in
 * the moment of the hand-over. An order that throws for an item (a `compare` of a PriorityQueue) refuses that item, and
 * nothing else is changed. After a shutdown nothing comes in, and what is in can still be got.
 *
 * Once Workers use it the state can be lent to them (loan.ts). `#recall` gets it back and stands at the head of
 * all that looks at it; `lend` stands at the end of what can leave it fit to be lent.
 */
import { CoppiceError } from '../core/errors.ts';
import type { Link } from '../core/links.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import type { Wait, WaitTarget } from '../core/wait.ts';
import { LevelLinks } from './level-links.ts';
import { Loan, UNCLAIMED } from './loan.ts';
import type { Sharable } from './primitive.ts';
import { Fifo, type Storage } from './storage.ts';

const EMPTY: WaitTarget = { what: 'an item of a Queue' };
const FULL: WaitTarget = { what: 'room in a Queue' };
const BUSY: WaitTarget = { what: 'the items of a Queue to be done' };

export class QueueCore<T> implements Sharable {
  readonly items: Storage<T>;
  readonly links = new LevelLinks(() => this.items.size > 0 || this.closed);
  readonly maxSize: number;
  /** `true`: takes the item; `false`: only looks at it. */
  readonly getters = new WaitQueue<T, boolean>(EMPTY);
  readonly putters = new WaitQueue<void, T>(FULL);
  readonly joiners = new WaitQueue<void>(BUSY);
  unfinished = 0;
  closed = false;
  /** Once a Worker has asked for the words. */
  #loan: Loan<T> | undefined;

  constructor(items: Storage<T>, maxSize: number) {
    this.items = items;
    this.maxSize = maxSize;
  }

  /** No words for what is not first in, first out. */
  share(): Int32Array {
    if (!(this.items instanceof Fifo)) return new Int32Array(0);
    this.#loan ??= new Loan(this, this.items);
    return this.#loan.words;
  }

  get size(): number {
    return this.#loan?.counts?.count ?? this.items.size;
  }

  /** @param napped does the Worker that calls claim the turn that it kept by its nap? */
  get(napped = false): T | Wait<T> {
    if (!this.#loan && this.items.size > 0 && this.putters.size === 0) return this.items.take();
    return this.#getOrWait(napped);
  }

  /** Apart, so that what is usual is small enough to be done in place. */
  #getOrWait(napped: boolean): T | Wait<T> {
    this.#recall();
    const claimed = napped && this.#loan ? this.#loan.claimItem() : UNCLAIMED;
    if (claimed !== UNCLAIMED) return claimed;
    if (this.items.size > 0) return this.#take();
    if (this.closed) throw closedError('Queue');
    return this.getWait();
  }

  /** Only waits, for one who knows that there is no item. */
  getWait(): Wait<T> {
    return this.getters.wait(true);
  }

  /** Only waits, for one who knows that there is no room. */
  putWait(item: T): Wait<void> {
    this.#loan?.received(item);
    return this.putters.wait(item);
  }

  tryGet(): { readonly item: T } | undefined {
    this.#recall();
    return this.items.size > 0 ? { item: this.#take() } : undefined;
  }

  peek(): T | Wait<T> {
    this.#recall();
    if (this.items.size > 0) return this.items.peek();
    if (this.closed) throw closedError('Queue');
    return this.getters.wait(false);
  }

  /** @param napped as for `get`. */
  put(item: T, napped = false): void | Wait<void> {
    const noneWait = this.getters.size === 0 && this.links.size === 0;
    if (this.#loan || this.closed || !noneWait || this.items.size >= this.maxSize)
      return this.#putOrWait(item, napped);
    this.items.add(item);
    this.unfinished++;
  }

  /** As `#getOrWait`. */
  #putOrWait(item: T, napped: boolean): void | Wait<void> {
    this.#recall();
    const claimed = napped ? this.#loan?.claimRoom() : undefined;
    if (claimed) return claimed;
    // One who has yet to come is before him, although there is room.
    if (this.#loan?.keepsRoom) return this.putWait(item);
    return this.tryPut(item) ? undefined : this.putWait(item);
  }

  /** Is the item for which the calling Worker napped still not in? */
  pending(): boolean {
    this.#recall();
    return this.#loan?.pending() ?? false;
  }

  tryPut(item: T): boolean {
    this.#recall();
    if (this.closed) throw closedError('Queue');
    if (this.items.size >= this.maxSize) return false;
    this.#loan?.received(item);
    this.items.add(item);
    this.unfinished++;
    this.#serve();
    this.#loan?.lend();
    return true;
  }

  /** Putting on the spot, for a putter who may turn out to be gone: a getter cannot be asked to give an item back. */
  commit<R>(item: T, value: R): { value: R; act(): void } | undefined {
    this.#recall();
    if (this.closed || this.items.size >= this.maxSize || this.#loan?.keepsRoom) return undefined;
    this.items.check?.(item);
    return { value, act: () => void this.tryPut(item) };
  }

  /** A getter that was given this item on the spot was gone. */
  giveBack(item: T): void {
    this.#recall();
    this.items.giveBack(item);
    this.#serve();
  }

  taskDone(): void {
    this.#recall();
    if (this.unfinished === 0) {
      throw new CoppiceError(
        'ERR_COPPICE_OVER_RELEASE',
        'taskDone() was called more often than items were put. Call it once for each item that was got.',
      );
    }
    this.#finish();
  }

  join(): void | Wait<void> {
    this.#recall();
    return this.unfinished === 0 ? undefined : this.joiners.wait(undefined);
  }

  shutdown(immediate: boolean): void {
    this.#recall();
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

  /** Hears of the next item, or of the end. */
  link(callback: Link<unknown>, source: unknown): void {
    this.#recall();
    this.links.add(callback, source);
  }

  unlink(callback: Link<unknown>): void {
    this.links.remove(callback);
  }

  statistics(): QueueStatistics {
    const { maxSize, closed, getters, putters, items } = this;
    const lent = this.#loan?.counts;
    return {
      size: lent?.count ?? items.size,
      maxSize,
      closed,
      unfinished: lent?.unfinished ?? this.unfinished,
      waitingToGet: lent ? Number(lent.getter > 0) : getters.size,
      waitingToPut: lent ? Number(lent.putter > 0) : putters.size,
    };
  }

  #recall(): void {
    this.#loan?.recall();
  }

  #take(): T {
    const item = this.items.take();
    this.admit();
    this.#loan?.lend();
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
      let item: T;
      try {
        item = this.items.take();
      } catch (error) {
        // Which one is first, an order that throws does not tell.
        getter.fail(error);
        continue;
      }
      if (getter.wake(item)) this.admit();
      else this.items.giveBack(item);
    }
  }

  /** Lets items in whose putters wait for room. */
  admit(): void {
    while (this.items.size < this.maxSize && !this.#loan?.keepsRoom) {
      const putter = this.putters.take();
      if (!putter) return;
      try {
        this.items.add(putter.data);
      } catch (error) {
        putter.fail(error);
        continue;
      }
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

/** What `Queue.statistics()` tells. */
export interface QueueStatistics {
  readonly size: number;
  readonly maxSize: number;
  readonly closed: boolean;
  /** Items that were put and not yet dealt with. */
  readonly unfinished: number;
  readonly waitingToGet: number;
  readonly waitingToPut: number;
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
