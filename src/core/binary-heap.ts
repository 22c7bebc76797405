/**
 * A binary heap whose items know their place in it, so that any of them can be taken out.
 *
 * Invariants: no item is earlier than its parent; all is compared before anything is moved, so a comparison that throws
 * leaves the heap as it was. Adding and removing are O(log n), looking at the first O(1).
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
    const place = this.#items.length;
    const to = this.#riseFrom(item, place);
    this.#items.push(item);
    this.#lift(item, place, to);
  }

  /** Throws if `add` would throw. */
  check(item: T): void {
    this.#riseFrom(item, this.#items.length);
  }

  /** @returns was it in it? */
  remove(item: T): boolean {
    const { place } = item;
    if (place === -1) return false;
    const size = this.#items.length - 1;
    const last = this.#items[size] as T;
    if (last !== item) {
      const up = this.#riseFrom(last, place);
      const down = up === place ? this.#sinkFrom(last, place, size) : place;
      this.#items.pop();
      if (up === place) this.#lower(last, place, down);
      else this.#lift(last, place, up);
    } else this.#items.pop();
    item.place = -1;
    return true;
  }

  /** What the item is ordered by has changed. */
  moved(item: T): void {
    const { place } = item;
    const up = this.#riseFrom(item, place);
    if (up === place) this.#lower(item, place, this.#sinkFrom(item, place, this.#items.length));
    else this.#lift(item, place, up);
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

  /** Where an item belongs that is at this place or above it. */
  #riseFrom(item: T, from: number): number {
    let place = from;
    while (place > 0) {
      const up = (place - 1) >> 1;
      if (!this.#earlier(item, this.#items[up] as T)) break;
      place = up;
    }
    return place;
  }

  /** Where an item belongs that is at this place or below it, among the first so many. */
  #sinkFrom(item: T, from: number, size: number): number {
    const items = this.#items;
    let place = from;
    for (let down = 1 + 2 * place; down < size; down = 1 + 2 * place) {
      if (down + 1 < size && this.#earlier(items[down + 1] as T, items[down] as T)) down++;
      if (!this.#earlier(items[down] as T, item)) break;
      place = down;
    }
    return place;
  }

  /** Puts an item to a place at or above another one, and those between them one down. */
  #lift(item: T, from: number, to: number): void {
    let place = from;
    while (place > to) {
      const up = (place - 1) >> 1;
      this.#put(this.#items[up] as T, place);
      place = up;
    }
    this.#put(item, to);
  }

  /** Puts an item to a place at or below another one, and those between them one up. */
  #lower(item: T, from: number, to: number): void {
    let moving = item;
    let place = to;
    while (place > from) {
      const displaced = this.#items[place] as T;
      this.#put(moving, place);
      moving = displaced;
      place = (place - 1) >> 1;
    }
    this.#put(moving, from);
  }
}
