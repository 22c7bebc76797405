/**
 * Owns sorting with a comparator that may wait.
 *
 * Which questions a comparator is asked, and in which order, can be seen: by one that prints or asks somebody, and in the
 * result of one that contradicts itself (`(a, b) => a > b`, a random order). So this asks what V8 asks: it is TimSort, as
 * Tim Peters described it for Python and as V8 builds it: ascending runs, lengthened by binary insertion, are merged two
 * and two, and a merge gallops where one run wins again and again. The test asks the built-in for its order.
 */
import { callTwin, type AnyFunction } from './twins.ts';

type Asking<T> = Generator<unknown, T, unknown>;

/** As many wins in a row make a merge gallop, at first. */
const WINS = 7;

interface Run {
  base: number;
  length: number;
}

/** Newer versions of V8 look for no run in short lists: one that is ascending takes them more questions. */
function shortest(method: 'sort' | 'toSorted'): number {
  let asked = 0;
  [0, 1, 2, 3][method]((a, b) => (asked++, a - b));
  return asked > 3 ? 8 : 0;
}

/** From which length on each method looks for runs. */
const RUNS_FROM = { sort: shortest('sort'), toSorted: shortest('toSorted') };

/** Sorts a list in place, as the method does it. */
export function* sortBy(
  list: unknown[],
  compare: AnyFunction,
  method: keyof typeof RUNS_FROM,
): Asking<unknown[]> {
  yield* new TimSort(list, compare).sort(RUNS_FROM[method]);
  return list;
}

class TimSort {
  readonly #list: unknown[];
  readonly #compare: AnyFunction;
  readonly #runs: Run[] = [];
  #gallopAfter = WINS;

  constructor(list: unknown[], compare: AnyFunction) {
    this.#list = list;
    this.#compare = compare;
  }

  *#ask(a: unknown, b: unknown): Asking<number> {
    const order = +((yield* callTwin(this.#compare, undefined, a, b)) as number);
    return Number.isNaN(order) ? 0 : order;
  }

  *sort(runsFrom: number): Asking<void> {
    const { length } = this.#list;
    if (length < 2) return;
    if (length < runsFrom) {
      yield* this.#insert(0, 1, length);
      return;
    }
    const least = leastRun(length);
    for (let base = 0; base < length;) {
      let found = yield* this.#findRun(base, length);
      if (found < least) {
        const forced = Math.min(least, length - base);
        yield* this.#insert(base, base + found, base + forced);
        found = forced;
      }
      this.#runs.push({ base, length: found });
      yield* this.#collapse();
      base += found;
    }
    yield* this.#collapseAll();
  }

  /** How long the run is that begins at `base`. One that descends is turned around. */
  *#findRun(base: number, end: number): Asking<number> {
    const list = this.#list;
    if (base + 1 === end) return 1;
    const descends = (yield* this.#ask(list[base + 1], list[base])) < 0;
    let at = base + 2;
    while (at < end && (yield* this.#ask(list[at], list[at - 1])) < 0 === descends) at++;
    if (descends) {
      const turned = list.slice(base, at).toReversed();
      for (const [index, item] of turned.entries()) list[base + index] = item;
    }
    return at - base;
  }

  /** Sorts `base` to `end`, of which what lies before `start` is sorted. */
  *#insert(base: number, start: number, end: number): Asking<void> {
    const list = this.#list;
    for (let at = start; at < end; at++) {
      const item = list[at];
      let low = base;
      let high = at;
      while (low < high) {
        const middle = low + ((high - low) >> 1);
        if ((yield* this.#ask(item, list[middle])) < 0) high = middle;
        else low = middle + 1;
      }
      list.copyWithin(low + 1, low, at);
      list[low] = item;
    }
  }

  /** Each run stays longer than the next two together. */
  *#collapse(): Asking<void> {
    const runs = this.#runs;
    while (runs.length > 1) {
      let at = runs.length - 2;
      if (!this.#holds(at + 1) || !this.#holds(at)) {
        if (runs[at - 1]!.length < runs[at + 1]!.length) at--;
        yield* this.#mergeAt(at);
      } else if (runs[at]!.length <= runs[at + 1]!.length) yield* this.#mergeAt(at);
      else return;
    }
  }

  #holds(at: number): boolean {
    const runs = this.#runs;
    return at < 2 || runs[at - 2]!.length > runs[at - 1]!.length + runs[at]!.length;
  }

  *#collapseAll(): Asking<void> {
    const runs = this.#runs;
    while (runs.length > 1) {
      let at = runs.length - 2;
      if (at > 0 && runs[at - 1]!.length < runs[at + 1]!.length) at--;
      yield* this.#mergeAt(at);
    }
  }

  *#mergeAt(at: number): Asking<void> {
    const list = this.#list;
    const a = this.#runs[at]!;
    const [b] = this.#runs.splice(at + 1, 1) as [Run];
    const { base, length } = a;
    a.length += b.length;
    // What is in its place already takes no part.
    const skipped = yield* this.#gallopRight(list, list[b.base], base, length, 0);
    const lengthA = length - skipped;
    if (lengthA === 0) return;
    const last = list[base + length - 1];
    const lengthB = yield* this.#gallopLeft(list, last, b.base, b.length, b.length - 1);
    if (lengthB === 0) return;
    const first = base + skipped;
    if (lengthA <= lengthB) yield* this.#mergeUp(first, lengthA, b.base, lengthB);
    else yield* this.#mergeDown(first, lengthA, b.base, lengthB);
  }

  /** Where `key` belongs in a sorted part, before those equal to it; the search begins at `hint`. */
  *#gallopLeft(
    list: unknown[],
    key: unknown,
    base: number,
    length: number,
    hint: number,
  ): Asking<number> {
    let from = 0;
    let to = 1;
    if ((yield* this.#ask(list[base + hint], key)) < 0) {
      const most = length - hint;
      while (to < most && (yield* this.#ask(list[base + hint + to], key)) < 0)
        [from, to] = step(to);
      to = Math.min(to, most) + hint;
      from += hint;
    } else {
      const most = hint + 1;
      while (to < most && (yield* this.#ask(list[base + hint - to], key)) >= 0)
        [from, to] = step(to);
      [from, to] = [hint - Math.min(to, most), hint - from];
    }
    for (from++; from < to;) {
      const middle = from + ((to - from) >> 1);
      if ((yield* this.#ask(list[base + middle], key)) < 0) from = middle + 1;
      else to = middle;
    }
    return to;
  }

  /** The same, behind those equal to it. */
  *#gallopRight(
    list: unknown[],
    key: unknown,
    base: number,
    length: number,
    hint: number,
  ): Asking<number> {
    let from = 0;
    let to = 1;
    if ((yield* this.#ask(key, list[base + hint])) < 0) {
      const most = hint + 1;
      while (to < most && (yield* this.#ask(key, list[base + hint - to])) < 0)
        [from, to] = step(to);
      [from, to] = [hint - Math.min(to, most), hint - from];
    } else {
      const most = length - hint;
      while (to < most && (yield* this.#ask(key, list[base + hint + to])) >= 0)
        [from, to] = step(to);
      to = Math.min(to, most) + hint;
      from += hint;
    }
    for (from++; from < to;) {
      const middle = from + ((to - from) >> 1);
      if ((yield* this.#ask(key, list[base + middle])) < 0) to = middle;
      else from = middle + 1;
    }
    return to;
  }

  /** Takes of two runs in turn, until one has won so often that a gallop may pay. */
  *#oneByOne(
    done: () => boolean,
    ask: () => Asking<number>,
    takeIfLess: (count: number) => void,
    takeElse: (count: number) => void,
  ): Asking<void> {
    let less = 0;
    let others = 0;
    while (less < this.#gallopAfter && others < this.#gallopAfter && !done()) {
      if ((yield* ask()) < 0) {
        takeIfLess(1);
        less++;
        others = 0;
      } else {
        takeElse(1);
        others++;
        less = 0;
      }
    }
  }

  /** Merges two neighbours from their beginnings on; the first, which is the shorter, is set aside. */
  *#mergeUp(baseA: number, lengthA: number, baseB: number, lengthB: number): Asking<void> {
    const list = this.#list;
    const a = list.slice(baseA, baseA + lengthA);
    let atA = 0;
    let atB = baseB;
    const endB = baseB + lengthB;
    let to = baseA;
    const takeB = (count: number): void => {
      list.copyWithin(to, atB, atB + count);
      to += count;
      atB += count;
    };
    const takeA = (count: number): void => {
      for (let taken = 0; taken < count; taken++) list[to++] = a[atA++];
    };
    // The last of `a` belongs behind all of `b`, so that nobody is asked for it.
    const done = (): boolean => atB === endB || lengthA - atA <= 1;
    takeB(1);
    while (!done()) {
      let winsA: number;
      let winsB: number;
      yield* this.#oneByOne(done, () => this.#ask(list[atB], a[atA]), takeB, takeA);
      if (done()) break;
      this.#gallopAfter++;
      do {
        this.#gallopAfter = Math.max(1, this.#gallopAfter - 1);
        winsA = yield* this.#gallopRight(a, list[atB], atA, lengthA - atA, 0);
        takeA(winsA);
        if (done()) break;
        takeB(1);
        if (done()) break;
        winsB = yield* this.#gallopLeft(list, a[atA], atB, endB - atB, 0);
        takeB(winsB);
        if (atB === endB) break;
        takeA(1);
        if (done()) break;
      } while (winsA >= WINS || winsB >= WINS);
      if (!done()) this.#gallopAfter++;
    }
    takeB(lengthA - atA === 1 ? endB - atB : 0);
    takeA(lengthA - atA);
  }

  /** The same from their ends on; the second, which is the shorter, is set aside. */
  *#mergeDown(baseA: number, lengthA: number, baseB: number, lengthB: number): Asking<void> {
    const list = this.#list;
    const b = list.slice(baseB, baseB + lengthB);
    let leftA = lengthA;
    let leftB = lengthB;
    let to = baseB + lengthB;
    const takeA = (count: number): void => {
      to -= count;
      leftA -= count;
      list.copyWithin(to, baseA + leftA, baseA + leftA + count);
    };
    const takeB = (count: number): void => {
      for (let taken = 0; taken < count; taken++) list[--to] = b[--leftB];
    };
    // The first of `b` belongs before all of `a`.
    const done = (): boolean => leftA === 0 || leftB <= 1;
    takeA(1);
    while (!done()) {
      let winsA: number;
      let winsB: number;
      const ask = (): Asking<number> => this.#ask(b[leftB - 1], list[baseA + leftA - 1]);
      yield* this.#oneByOne(done, ask, takeA, takeB);
      if (done()) break;
      this.#gallopAfter++;
      do {
        this.#gallopAfter = Math.max(1, this.#gallopAfter - 1);
        winsA = leftA - (yield* this.#gallopRight(list, b[leftB - 1], baseA, leftA, leftA - 1));
        takeA(winsA);
        if (leftA === 0) break;
        takeB(1);
        if (done()) break;
        winsB = leftB - (yield* this.#gallopLeft(b, list[baseA + leftA - 1], 0, leftB, leftB - 1));
        takeB(winsB);
        if (done()) break;
        takeA(1);
        if (done()) break;
      } while (winsA >= WINS || winsB >= WINS);
      if (!done()) this.#gallopAfter++;
    }
    takeA(leftB === 1 ? leftA : 0);
    takeB(leftB);
  }
}

/** The least length of a run: 32 to 64, so that their number is a power of two, or a little less. */
function leastRun(length: number): number {
  let odd = 0;
  while (length >= 64) {
    odd |= length & 1;
    length >>= 1;
  }
  return length + odd;
}

/** The next two places of a gallop, each more than twice as far. */
const step = (to: number): [number, number] => [to, (to << 1) + 1];
