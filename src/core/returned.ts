/**
 * What was given out and comes back, because whoever it was given to died before it took it.
 *
 * Invariant: it goes before all that has not been given out, in the order in which it was given, in whatever order it
 * comes back: several Workers can die at once, each with several results on their way.
 */

/** In memory of its own: as a variable it would be a new object at each count, once it is larger than 32 bits. */
const counted = new Float64Array(1);
let current: number | undefined;

/** Numbers what is given out. */
export function nextGiven(): number {
  return (counted[0] as number)++;
}

/** The number again, from its lower 32 bits. */
export function wholeGiven(lower: number): number {
  const now = counted[0] as number;
  return now - ((now - lower) >>> 0);
}

/** Gives something back that was given out under this number. */
export function givingBack(given: number, work: () => void): void {
  const outer = current;
  current = given;
  try {
    work();
  } finally {
    current = outer;
  }
}

/** The numbers of those that have come back, for who keeps them himself at the head of all else. */
export class GivenOrder {
  readonly #given: number[] = [];

  /** Where the one goes that comes back now. */
  place(): number {
    // One that nobody numbered was the first just now.
    const given = current ?? this.#given[0] ?? (counted[0] as number);
    const later = this.#given.findIndex((other) => other > given);
    const index = later === -1 ? this.#given.length : later;
    this.#given.splice(index, 0, given);
    return index;
  }

  /** The first one, whether or not it has come back, is given out. */
  taken(): void {
    this.#given.shift();
  }

  clear(): void {
    this.#given.length = 0;
  }
}

/** Those that have come back, at the head of what is given out next. */
export class Returned<T> {
  #entries: { readonly item: T; readonly given: number }[] = [];

  /**
   * Notes the item that comes back now.
   *
   * @param head what is given out next, first the first.
   * @returns how many of those go before it.
   */
  place(item: T, head: Iterable<T>): number {
    // One that nobody numbered was the last to be given.
    if (current === undefined) return 0;
    const given = current;
    this.#forgetTaken(head);
    const later = this.#entries.findIndex((entry) => entry.given > given);
    const index = later === -1 ? this.#entries.length : later;
    this.#entries.splice(index, 0, { item, given });
    return index;
  }

  /** What has been given out again was at the head. */
  #forgetTaken(head: Iterable<T>): void {
    let start = 0;
    for (const item of head) {
      while (start < this.#entries.length && !Object.is(this.#entries[start]?.item, item)) start++;
      break;
    }
    this.#entries.splice(0, start);
    let left = 0;
    for (const item of head) {
      if (!Object.is(this.#entries[left]?.item, item)) break;
      left++;
    }
    this.#entries.length = left;
  }
}
