/**
 * Owns sleeping fibers: timers by the hundred thousand, at the price of one small object each.
 *
 * Naps of one length are due in the order in which they began, so each length has a list, appended to and taken from
 * in constant time, and only the lists are ordered, by when their first nap is due (programs use few lengths). One timer of Node's stands for all of them. Invariants: a list in the heap is not empty; nobody wakes
 * early; naps due together wake in the order in which they are due.
 */
import { BinaryHeap, type InHeap } from './binary-heap.ts';
import { Probe } from './probe.ts';
import { steadyTime } from './steady-time.ts';
import type { Waker } from './wait.ts';

/** How far one has come. Small numbers, which V8 keeps in the object itself. */
const FRESH = 0;
/** It has yielded itself. */
const YIELDED = 1;
const OVER = 2;

/** What the second step of all of them gives. */
const ENDED: IteratorReturnResult<undefined> = Object.freeze({ value: undefined, done: true });

/** A place in the ring of those who sleep equally long. */
interface Place {
  previous: Place | null;
  following: Place | null;
}

/**
 * One sleep: what a fiber yields, its place in a list, and the iterator that yields it, with itself as the result. So
 * the twin of `sleep` need not be a generator, which would cost more than all of this.
 *
 * Each sleeping fiber has one, so it has no field that it can do without.
 */
export class Nap implements IterableIterator<unknown, unknown, unknown>, Place {
  declare readonly done: false;
  waker: Waker<void> | null = null;
  /** In no list while it has neither neighbour. */
  previous: Place | null = null;
  following: Place | null = null;
  /** Until it begins, for how long; while it is in a list, when it is over: whole milliseconds on the loop's clock. */
  due: number;
  #stage: typeof FRESH | typeof YIELDED | typeof OVER = FRESH;

  constructor(ms: number) {
    this.due = Math.ceil(ms);
  }

  /** Makes another sleep of one that is over. */
  again(ms: number): this {
    this.due = Math.ceil(ms);
    this.#stage = FRESH;
    return this;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** As the result of its first step. */
  get value(): this {
    return this;
  }

  next(): IteratorResult<unknown, unknown> {
    if (this.#stage === FRESH) {
      this.#stage = YIELDED;
      return this;
    }
    this.#stage = OVER;
    return ENDED;
  }

  /** Is it yielded, by itself? Then it answers a `Probe`. */
  get yielded(): boolean {
    return this.#stage === YIELDED;
  }

  /** Can it be another sleep? */
  get over(): boolean {
    return this.#stage === OVER;
  }

  throw(error: unknown): IteratorResult<unknown, unknown> {
    if (error instanceof Probe && this.yielded) {
      error.take();
      return this;
    }
    this.#stage = OVER;
    throw error;
  }

  return(value: unknown): IteratorResult<unknown, unknown> {
    this.#stage = OVER;
    return { value, done: true };
  }

  begin(waker: Waker<void>): () => void {
    this.arm(waker);
    return () => this.cancel();
  }

  /** As `begin`, without making a cancel. */
  arm(waker: Waker<void>): void {
    if (this.due === 0) {
      waker.wake();
      return;
    }
    this.waker = waker;
    append(this);
  }

  cancel(): void {
    if (this.following === null) return;
    this.waker = null;
    // A list whose first was taken back is put right when it comes up.
    const { previous } = this;
    unlink(this);
    if (previous instanceof List && previous.first === null) remove(previous);
  }
}

Object.defineProperty(Nap.prototype, 'done', { value: false });

/** It stands in the ring itself, between the last and the first. */
class List implements InHeap, Place {
  readonly ms: number;
  previous: Place = this;
  following: Place = this;
  /** When the heap believes the first is due; never later than it is. */
  due = 0;
  place = -1;

  constructor(ms: number) {
    this.ms = ms;
  }

  get first(): Nap | null {
    return this.following === this ? null : (this.following as Nap);
  }
}

const lists = new Map<number, List>();
const heap = new BinaryHeap<List>((a, b) => a.due < b.due);
let timer: NodeJS.Timeout | null = null;
let armedFor = Infinity;

function append(nap: Nap): void {
  const ms = nap.due;
  // Whole milliseconds, which V8 keeps in the object itself; and nobody wakes early.
  nap.due = Math.ceil(steadyTime() + ms);
  let list = lists.get(ms);
  if (list === undefined) lists.set(ms, (list = new List(ms)));
  const { previous } = list;
  nap.previous = previous;
  nap.following = list;
  previous.following = list.previous = nap;
  if (previous !== list) return;
  list.due = nap.due;
  heap.add(list);
  arm();
}

function unlink(nap: Nap): void {
  const { previous, following } = nap as { previous: Place; following: Place };
  previous.following = following;
  following.previous = previous;
  nap.previous = nap.following = null;
}

/** Node's timer is set for the earliest list; one that is set for earlier may stay. */
function arm(): void {
  const { first } = heap;
  if (first === undefined) {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    armedFor = Infinity;
    return;
  }
  if (first.due >= armedFor) return;
  if (timer !== null) clearTimeout(timer);
  armedFor = first.due;
  const left = first.due - steadyTime();
  timer = setTimeout(fire, Math.min(Math.max(Math.ceil(left), 1), 2 ** 31 - 1));
}

function fire(): void {
  timer = null;
  armedFor = Infinity;
  const now = steadyTime();
  for (let list = heap.first; list !== undefined && list.due <= now; list = heap.first) {
    const nap = list.first!;
    if (nap.due <= now) {
      const waker = nap.waker!;
      unlink(nap);
      nap.waker = null;
      const { first } = list;
      if (first === null) remove(list);
      else {
        list.due = first.due;
        heap.moved(list);
      }
      waker.wake();
    } else {
      list.due = nap.due;
      heap.moved(list);
    }
  }
  arm();
}

function remove(list: List): void {
  lists.delete(list.ms);
  heap.remove(list);
  if (heap.size === 0) arm();
}
