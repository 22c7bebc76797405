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

/**
 * One sleep: what a fiber yields, its link in the list, and the iterator that yields it, with itself as both results.
 * So the twin of `sleep` need not be a generator, which would cost more than all of this.
 */
export class Nap implements IterableIterator<unknown, unknown, unknown> {
  value: unknown = undefined;
  done = false;
  waker: Waker<void> | null = null;
  previous: Nap | null = null;
  following: Nap | null = null;
  /** Until it begins, for how long; while it is in a list, when it is over: whole milliseconds on the loop's clock. */
  due: number;
  list: List | null = null;

  constructor(ms: number) {
    this.due = Math.ceil(ms);
  }

  /** Makes another sleep of one that is over. */
  again(ms: number): this {
    this.due = Math.ceil(ms);
    this.value = undefined;
    this.done = false;
    return this;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<unknown, unknown> {
    if (this.value === this) {
      this.value = undefined;
      this.done = true;
    } else if (!this.done) this.value = this;
    return this;
  }

  /** Is it yielded, by itself? Then it answers a `Probe`. */
  get yielded(): boolean {
    return this.value === this;
  }

  throw(error: unknown): IteratorResult<unknown, unknown> {
    if (error instanceof Probe && this.yielded) {
      error.take();
      return this;
    }
    this.value = undefined;
    this.done = true;
    throw error;
  }

  return(value: unknown): IteratorResult<unknown, unknown> {
    this.value = value;
    this.done = true;
    return this;
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
    const { list } = this;
    if (list === null) return;
    this.waker = null;
    // A list whose first was taken back is put right when it comes up.
    unlink(this, list);
    if (list.first === null) remove(list);
  }
}

class List implements InHeap {
  readonly ms: number;
  first: Nap | null = null;
  last: Nap | null = null;
  /** When the heap believes the first is due; never later than it is. */
  due = 0;
  place = -1;

  constructor(ms: number) {
    this.ms = ms;
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
  nap.list = list;
  if (list.last === null) {
    list.first = list.last = nap;
    list.due = nap.due;
    heap.add(list);
    arm();
  } else {
    nap.previous = list.last;
    list.last.following = nap;
    list.last = nap;
  }
}

function unlink(nap: Nap, list: List): void {
  const { previous, following } = nap;
  if (previous === null) list.first = following;
  else previous.following = following;
  if (following === null) list.last = previous;
  else following.previous = previous;
  nap.previous = nap.following = nap.list = null;
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
      unlink(nap, list);
      nap.waker = null;
      if (list.first === null) remove(list);
      else {
        list.due = list.first.due;
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
