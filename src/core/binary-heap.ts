/**
 * A binary heap whose items know their place in it, so that any of them can be taken out.
 *
 * Invariant: no item is earlier than its parent. Adding and removing are O(log n), looking at the first O(1).
 */

/** What can be in a heap, in one at a time. */
export interface InHeap {
  /** For the heap alone to change; -1 while it is in none. */
  place: number;
}

export class BinaryHeap<T extends InHeap> {
  #items: T[] = [];
  readonly #earlier: (a: T, b: T) => boolean;

  constructor(earlier: (a: T, b: T) => boolean) {
    this.#earlier = earlier;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The earliest. */
  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    item.place = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  /** @returns was it in it? */
  remove(item: T): boolean {
    if (item.place === -1) return false;
    const last = this.#items.pop() as T;
    if (last !== item) {
      this.#put(last, item.place);
      this.moved(last);
    }
    item.place = -1;
    return true;
  }

  /** What the item is ordered by has changed. */
  moved(item: T): void {
    this.#rise(item);
    this.#sink(item);
  }

  clear(): void {
    for (const item of this.#items) item.place = -1;
    this.#items = [];
  }

  /** In no order. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }

  #put(item: T, place: number): void {
    this.#items[place] = item;
    item.place = place;
  }

  #rise(item: T): void {
    let { place } = item;
    while (place > 0) {
      const up = (place - 1) >> 1;
      const parent = this.#items[up] as T;
      if (!this.#earlier(item, parent)) break;
      this.#put(parent, place);
      place = up;
    }
    this.#put(item, place);
  }

  #sink(item: T): void {
    const items = this.#items;
    let { place } = item;
    for (let down = 1 + 2 * place; down < items.length; down = 1 + 2 * place) {
      const right = items[down + 1];
      if (right && this.#earlier(right, items[down] as T)) down++;
      const child = items[down] as T;
      if (!this.#earlier(child, item)) break;
      this.#put(child, place);
      place = down;
    }
    this.#put(item, place);
  }
}
