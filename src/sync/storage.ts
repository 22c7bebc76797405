/**
 * Where a queue keeps its items, in each of the three orders.
 *
 * Invariants: `giveBack` undoes the last `take`, `retract` undoes the last `add` of that item; both keep the order of
 * all others. Adding and taking are O(1), O(log n) by priority.
 */
import { BinaryHeap, type InHeap } from '../core/binary-heap.ts';

export interface Storage<T> {
  readonly size: number;
  add(item: T): void;
  /** The next item. Only asked for when there is one. */
  take(): T;
  peek(): T;
  giveBack(item: T): void;
  retract(item: T): void;
  clear(): void;
}

/** First in, first out: a ring that grows by doubling. */
export class Fifo<T> implements Storage<T> {
  #ring: (T | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    this.#makeRoom();
    this.#ring[(this.#head + this.#size++) & (this.#ring.length - 1)] = item;
  }

  take(): T {
    const item = this.#ring[this.#head] as T;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size--;
    return item;
  }

  peek(): T {
    return this.#ring[this.#head] as T;
  }

  giveBack(item: T): void {
    this.#makeRoom();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#size++;
  }

  /** In order, first the one that is next. */
  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.#size; index++)
      yield this.#ring[(this.#head + index) & (this.#ring.length - 1)] as T;
  }

  retract(item: T): void {
    const items = this.#drain();
    const index = items.lastIndexOf(item);
    if (index !== -1) items.splice(index, 1);
    for (const each of items) this.add(each);
  }

  clear(): void {
    this.#drain();
  }

  #drain(): T[] {
    const items: T[] = [];
    while (this.#size > 0) items.push(this.take());
    return items;
  }

  #makeRoom(): void {
    if (this.#size < this.#ring.length) return;
    const { length } = this.#ring;
    const ring = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
    ring.length = length * 2;
    this.#ring = ring;
    this.#head = 0;
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
