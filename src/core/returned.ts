/**
 * What was given out and comes back, because whoever it was given to died before it took it.
 *
 * Invariant: it goes before all that has not been given out, in the order in which it was given, in whatever order it
 * comes back: several Workers can die at once, each with several results on their way.
 */

let counted = 0;
let current: number | undefined;

/** Numbers what is given out. */
export function nextGiven(): number {
  return ++counted;
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
