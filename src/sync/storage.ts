/**
 * Where a queue keeps its items, in each of the three orders.
 *
 * Invariants: `giveBack` undoes the last `take`, `retract` undoes the last `add` of that item; both keep the order of
 * all others. Adding and taking are O(1), O(log n) by priority.
 */
import { BinaryHeap, type InHeap } from '../core/binary-heap.ts';
import { Returned } from '../core/returned.ts';

export interface Storage<T> {
  readonly size: number;
  add(item: T): void;
  /** The next item. Only asked for when there is one. */
  take(): T;
  peek(): T;
  giveBack(item: T): void;
  retract(item: T): void;
  clear(): void;
  /** Throws if `add` would throw. */
  check?(item: T): void;
}

/** How many items the first ring of a queue has room for, and how many the largest. */
const FIRST_RING = 16;
const LARGEST_RING = 1024;

/** Filled, so that V8 keeps to one kind of elements whatever comes; and copied, which is faster than filling anew. */
const BLANK: readonly undefined[] = Array.from({ length: LARGEST_RING });

/** One piece of a queue. */
class Ring<T> {
  readonly items: (T | undefined)[];
  head = 0;
  size = 0;
  next: Ring<T> | undefined;

  constructor(length: number, next?: Ring<T>) {
    this.items = BLANK.slice(0, length);
    this.next = next;
  }
}

/** First in, first out: a chain of rings, so that a queue that grows copies nothing, and one that shrinks lets go. */
export class Fifo<T> implements Storage<T> {
  #first = new Ring<T>(FIRST_RING);
  #last = this.#first;
  #size = 0;
  #returned: Returned<T> | undefined;

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    let last = this.#last;
    const { length } = last.items;
    if (last.size === length)
      last = this.#last = last.next = new Ring<T>(Math.min(2 * length, LARGEST_RING));
    last.items[(last.head + last.size++) & (last.items.length - 1)] = item;
    this.#size++;
  }

  take(): T {
    const first = this.#first;
    const { items, head } = first;
    const item = items[head] as T;
    items[head] = undefined;
    first.head = (head + 1) & (items.length - 1);
    this.#size--;
    if (--first.size === 0 && first.next) this.#first = first.next;
    return item;
  }

  peek(): T {
    const { items, head } = this.#first;
    return items[head] as T;
  }

  /** Behind those that were given out before it and are back already. */
  giveBack(item: T): void {
    const before: T[] = [];
    for (let left = (this.#returned ??= new Returned()).place(item, this); left > 0; left--)
      before.push(this.take());
    this.#addFirst(item);
    for (let one = before.length - 1; one >= 0; one--) this.#addFirst(before[one] as T);
  }

  #addFirst(item: T): void {
    let first = this.#first;
    const { length } = first.items;
    if (first.size === length) first = this.#first = new Ring<T>(length, first);
    first.head = (first.head - 1) & (length - 1);
    first.items[first.head] = item;
    first.size++;
    this.#size++;
  }

  /** In order, first the one that is next. */
  *[Symbol.iterator](): Generator<T> {
    for (let ring: Ring<T> | undefined = this.#first; ring; ring = ring.next)
      for (let index = 0; index < ring.size; index++)
        yield ring.items[(ring.head + index) & (ring.items.length - 1)] as T;
  }

  retract(item: T): void {
    const items = [...this];
    const index = items.lastIndexOf(item);
    if (index !== -1) items.splice(index, 1);
    this.clear();
    for (const each of items) this.add(each);
  }

  clear(): void {
    this.#first = this.#last = new Ring<T>(FIRST_RING);
    this.#size = 0;
  }
}

/** Last in, first out. */
export class Lifo<T> implements Storage<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T {
    return this.#items.pop() as T;
  }

  peek(): T {
    return this.#items.at(-1) as T;
  }

  giveBack(item: T): void {
    this.#items.push(item);
  }

  retract(item: T): void {
    const index = this.#items.lastIndexOf(item);
    if (index !== -1) this.#items.splice(index, 1);
  }

  clear(): void {
    this.#items.length = 0;
  }
}

class Entry<T> implements InHeap {
  readonly item: T;
  readonly order: number;
  place = -1;

  constructor(item: T, order: number) {
    this.item = item;
    this.order = order;
  }
}

/** Tells which of two comes first: negative for the first, positive for the second. */
export type Compare<T> = (a: T, b: T) => number;

/** The smallest first; of equal ones the one that came first. */
export class ByPriority<T> implements Storage<T> {
  readonly #heap: BinaryHeap<Entry<T>>;
  #order = 0;
  /** So that what is given back comes before its equals again. */
  #before = 0;

  constructor(compare: Compare<T> = (a, b) => (a < b ? -1 : a > b ? 1 : 0)) {
    this.#heap = new BinaryHeap((a, b) => {
      const difference = compare(a.item, b.item);
      return difference < 0 || (difference === 0 && a.order < b.order);
    });
  }

  get size(): number {
    return this.#heap.size;
  }

  add(item: T): void {
    this.#heap.add(new Entry(item, ++this.#order));
  }

  check(item: T): void {
    this.#heap.check(new Entry(item, this.#order + 1));
  }

  take(): T {
    const first = this.#heap.first as Entry<T>;
    this.#heap.remove(first);
    return first.item;
  }

  peek(): T {
    return (this.#heap.first as Entry<T>).item;
  }

  giveBack(item: T): void {
    this.#heap.add(new Entry(item, --this.#before));
  }

  retract(item: T): void {
    let latest: Entry<T> | undefined;
    for (const entry of this.#heap)
      if (entry.item === item && !(latest && latest.order > entry.order)) latest = entry;
    if (latest) this.#heap.remove(latest);
  }

  clear(): void {
    this.#heap.clear();
  }
}
