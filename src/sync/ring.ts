/**
 * The state of a Queue in shared memory: a ring of small items, which Workers use without the hub.
 *
 * Invariant: the state is in one place at a time, here or at the hub, and the word STATE says where. Whatever the ring
 * cannot do (waiting for long, an item that is not small and plain, shutting down) the hub does, after it has taken the
 * state away; see queue-core.ts.
 *
 * Memory order. STATE is changed by compare-and-swap alone, and holds, while the state is here, who has it locked (0 for
 * nobody) and, in its lowest bit, which of two banks is valid: the banks hold where the items begin, how many there are,
 * and so on.
 *
 *   locking:    CAS(nobody, b -> me, b)
 *   committing: what is new goes to the other bank and to slots that bank b does not count; then CAS(me, b -> nobody, 1-b)
 *   the hub:    CAS(nobody, b -> AT_HUB), or CAS(anyone, b -> GONE) when the lock stays taken for too long
 *
 * So a change is made by the one operation that also unlocks, or not at all. One whose Worker is terminated or stopped in
 * the middle has not begun: the hub takes bank b as it was before, and whoever was only slow learns from its failing
 * CAS that it has done nothing. Since it may still write to the other bank and to free slots, memory that was taken from
 * under a lock is never used again: GONE is final, and Workers ask the hub for other memory. Banks and slots are read
 * and written plainly: they change hands with STATE, whose operations are sequentially consistent, and each reads what
 * the one before it wrote.
 *
 * One Worker may nap until there is an item, and one until there is room (two would need an order between them; the
 * second waits at the hub). Nobody can slip in before it: the getter puts its id into the bank, and the next item goes
 * into its own slot; the putter puts its item behind the others, uncounted, and whoever takes one counts it in. A
 * negative id says that this has happened. Whoever does it commits and then adds to BELL; the napper reads BELL, commits
 * that it naps, and parks only while BELL is what it read: either the park sees the addition, or the notification comes
 * later. When the nap is over, or the hub has taken the state, the napper asks the hub, which knows from the bank what
 * has happened; so for each napper that it finds there it gets that one question, unless the napper dies.
 *
 * Past 400 lines because all that changes the shared words stands in one place, beside the argument for it.
 */
import { heap } from '../core/heap.ts';
import { MAX_ID } from './primitive.ts';
import { steadyTime } from '../core/steady-time.ts';

/** Indexes of the words. */
const STATE = 0;
/** Counts what a napper must hear of. */
const BELL = 1;
/** How many wait for the lock. */
const WAITING = 2;
/** How many items it holds at most. */
const MAX_SIZE = 3;
/** The two banks, and what stands in each. */
const BANKS = 4;
const BANK_WORDS = 5;
const HEAD = 0;
const COUNT = 1;
const UNFINISHED = 2;
/** The green thread that naps until there is an item; negative once one is in its slot. */
const GETTER = 3;
/** The green thread that naps until there is room; negative once its item is counted in. */
const PUTTER = 4;
const WORDS = BANKS + 2 * BANK_WORDS;

/** In STATE: the hub has the state. Both are negative. */
const AT_HUB = -1;
/** In STATE: the hub has the state, and will never give it back to this memory. */
const GONE = -2;

/** How many items fit at most. */
const MOST = 511;
/** The largest item, in bytes. */
export const ITEM_BYTES = 508;
const SLOT_WORDS = (ITEM_BYTES + 4) / 4;
/** How often to look at a lock that is taken before parking for a moment, and for how many moments (milliseconds). */
const LOOKS = 200;
const MOMENTS = 3;

/** What an operation gives that the ring cannot do. */
export const ASK_HUB = Symbol('ask the hub');
/** What a nap in vain gives: the hub, too, is to be asked, and knows of the nap. */
export const IN_LINE = Symbol('in line');
/** There is no item, or no room. */
export const NOTHING = Symbol('nothing');

/** What stands in a bank. */
export interface Bank {
  readonly head: number;
  readonly count: number;
  /** Items that were put and not yet dealt with. */
  readonly unfinished: number;
  readonly getter: number;
  readonly putter: number;
}

/** What the hub takes away. */
export interface RingState extends Bank {
  readonly texts: readonly string[];
  /** What the getter that naps has been given. */
  readonly handed: string | undefined;
  /** What the putter that naps wants to put. */
  readonly pending: string | undefined;
}

export class Ring {
  readonly words: Int32Array;
  readonly #bytes: Buffer;
  /** Of the items, and of the putter that naps. */
  readonly #slots: number;

  constructor(words: Int32Array) {
    this.words = words;
    this.#bytes = Buffer.from(words.buffer);
    this.#slots = (words[MAX_SIZE] as number) + 1;
  }

  /** One whose state is at the hub. */
  static make(maxSize: number): Ring {
    const most = Math.min(maxSize, MOST);
    const size = WORDS + (most + 2) * SLOT_WORDS;
    const words = new Int32Array(new SharedArrayBuffer(4 * size));
    words[STATE] = AT_HUB;
    words[MAX_SIZE] = most;
    return new Ring(words);
  }

  /** How many items fit. */
  get room(): number {
    return this.words[MAX_SIZE] as number;
  }

  /** The slot of the getter that naps comes after the others. */
  get #ownSlot(): number {
    return this.#slots;
  }

  /** Must other memory be asked for? */
  get gone(): boolean {
    return Atomics.load(this.words, STATE) === GONE;
  }

  /** Does it hold as many as the queue may? Else more fit at the hub. */
  get whole(): boolean {
    return this.room < MOST;
  }

  /** Puts an item in, or gives it to the one who naps. `NOTHING`: there is no room. */
  put(me: number, text: string): true | typeof NOTHING | typeof ASK_HUB {
    const held = this.#lock(me);
    if (held < 0) return ASK_HUB;
    const done = this.#put(held, this.#bank(held), text);
    if (done === undefined) return this.#unlock(held) ? NOTHING : ASK_HUB;
    return done ? true : ASK_HUB;
  }

  /** Takes the next item out. */
  take(me: number): string | typeof NOTHING | typeof ASK_HUB {
    const held = this.#lock(me);
    if (held < 0) return ASK_HUB;
    const bank = this.#bank(held);
    if (bank.count === 0) return this.#unlock(held) ? NOTHING : ASK_HUB;
    return this.#take(held, bank);
  }

  /** Says what the next item is. */
  peek(me: number): string | typeof NOTHING | typeof ASK_HUB {
    const held = this.#lock(me);
    if (held < 0) return ASK_HUB;
    const { count, head } = this.#bank(held);
    const text = count === 0 ? NOTHING : this.#read(head);
    return this.#unlock(held) ? text : ASK_HUB;
  }

  /** Counts one item as dealt with. `NOTHING`: there was none. */
  finish(me: number): true | typeof NOTHING | typeof ASK_HUB {
    const held = this.#lock(me);
    if (held < 0) return ASK_HUB;
    const { head, count, unfinished, getter, putter } = this.#bank(held);
    if (unfinished === 0) return this.#unlock(held) ? NOTHING : ASK_HUB;
    return this.#commit(held, head, count, unfinished - 1, getter, putter) ? true : ASK_HUB;
  }

  /** What there is to count. `undefined`: the hub knows. */
  counts(me: number): Bank | undefined {
    const held = this.#lock(me);
    if (held < 0) return undefined;
    const bank = this.#bank(held);
    return this.#unlock(held) ? bank : undefined;
  }

  /** Does it look as if there was something to take, or room? Hints, for one who looks again and again. */
  get promising(): boolean {
    const state = Atomics.load(this.words, STATE);
    return state < 0 || Atomics.load(this.words, bankOf(state) + COUNT) > 0;
  }

  get roomy(): boolean {
    const state = Atomics.load(this.words, STATE);
    return state < 0 || Atomics.load(this.words, bankOf(state) + COUNT) < this.room;
  }

  /**
   * Takes the next item, napping until there is one, at most until `until` (by `steadyTime()`).
   *
   * One that gives `IN_LINE` keeps its turn: the caller asks the hub for an item next, and does nothing else before.
   */
  takeOrNap(me: number, until: number): string | typeof ASK_HUB | typeof IN_LINE {
    const bell = Atomics.load(this.words, BELL);
    const held = this.#lock(me);
    if (held < 0) return ASK_HUB;
    const bank = this.#bank(held);
    if (bank.count > 0) return this.#take(held, bank);
    if (bank.getter !== 0) {
      this.#unlock(held);
      return ASK_HUB;
    }
    if (!this.#commit(held, bank.head, 0, bank.unfinished, me, bank.putter)) return ASK_HUB;
    return this.#nap(bell, until, () => this.#collect(me));
  }

  /**
   * Puts an item in, napping until there is room, at most until `until`.
   *
   * One that gives `IN_LINE` keeps its turn: the caller asks the hub next, and does nothing else before.
   */
  putOrNap(me: number, text: string, until: number): true | typeof ASK_HUB | typeof IN_LINE {
    const bell = Atomics.load(this.words, BELL);
    const held = this.#lock(me);
    if (held < 0) return ASK_HUB;
    const bank = this.#bank(held);
    const done = this.#put(held, bank, text);
    if (done !== undefined) return done || ASK_HUB;
    if (bank.putter !== 0) {
      this.#unlock(held);
      return ASK_HUB;
    }
    const { head, count, unfinished, getter } = bank;
    this.#write((head + count) % this.#slots, text);
    if (!this.#commit(held, head, count, unfinished, getter, me)) return ASK_HUB;
    return this.#nap(bell, until, () => this.#acknowledge(me));
  }

  #nap<R>(
    bell: number,
    until: number,
    look: () => R | typeof NOTHING | typeof ASK_HUB,
  ): R | typeof IN_LINE {
    for (let heard = bell; ;) {
      const left = until - steadyTime();
      if (left > 0) {
        heap.way.shared?.pause(() => void Atomics.wait(this.words, BELL, heard, left));
        heard = Atomics.load(this.words, BELL);
      }
      const seen = look();
      if (seen === ASK_HUB || (seen === NOTHING && left <= 0)) return IN_LINE;
      if (seen !== NOTHING) return seen;
    }
  }

  /** @returns `undefined` when there is no room; else, whether it happened. */
  #put(held: number, bank: Bank, text: string): boolean | undefined {
    const { head, count, unfinished, getter, putter } = bank;
    if (getter > 0) {
      this.#write(this.#ownSlot, text);
      if (!this.#commit(held, head, count, unfinished + 1, -getter, putter)) return false;
      this.#ring();
      return true;
    }
    if (count >= this.room) return undefined;
    this.#write((head + count) % this.#slots, text);
    return this.#commit(held, head, count + 1, unfinished + 1, getter, putter);
  }

  #take(held: number, { head, count, unfinished, getter, putter }: Bank): string | typeof ASK_HUB {
    const text = this.#read(head);
    const next = (head + 1) % this.#slots;
    if (putter <= 0)
      return this.#commit(held, next, count - 1, unfinished, getter, putter) ? text : ASK_HUB;
    if (!this.#commit(held, next, count, unfinished + 1, getter, -putter)) return ASK_HUB;
    this.#ring();
    return text;
  }

  /** The getter that naps looks whether it has been given an item. */
  #collect(me: number): string | typeof NOTHING | typeof ASK_HUB {
    const held = this.#lock(me);
    if (held < 0) return ASK_HUB;
    const { head, count, unfinished, getter, putter } = this.#bank(held);
    if (getter !== -me) return this.#unlock(held) ? NOTHING : ASK_HUB;
    const text = this.#read(this.#ownSlot);
    return this.#commit(held, head, count, unfinished, 0, putter) ? text : ASK_HUB;
  }

  /** The putter that naps looks whether its item has been counted in. */
  #acknowledge(me: number): true | typeof NOTHING | typeof ASK_HUB {
    const held = this.#lock(me);
    if (held < 0) return ASK_HUB;
    const { head, count, unfinished, getter, putter } = this.#bank(held);
    if (putter !== -me) return this.#unlock(held) ? NOTHING : ASK_HUB;
    return this.#commit(held, head, count, unfinished, getter, 0) ? true : ASK_HUB;
  }

  /** For the hub, which has given the state: takes it away. */
  takeAway(): RingState {
    const state = this.#close();
    const { words } = this;
    const bank = this.#bank(state);
    const { head, count, getter, putter } = bank;
    const result = {
      ...bank,
      texts: Array.from({ length: count }, (_, index) => this.#read((head + index) % this.#slots)),
      handed: getter < 0 ? this.#read(this.#ownSlot) : undefined,
      pending: putter > 0 ? this.#read((head + count) % this.#slots) : undefined,
    };
    this.#ring();
    if (Atomics.load(words, WAITING) > 0) Atomics.notify(words, STATE);
    return result;
  }

  /** For the hub, which has the state: puts it here. */
  give(texts: readonly string[], unfinished: number): void {
    const { words } = this;
    for (const [index, text] of texts.entries()) this.#write(index, text);
    words[BANKS + HEAD] = 0;
    words[BANKS + COUNT] = texts.length;
    words[BANKS + UNFINISHED] = unfinished;
    words[BANKS + GETTER] = words[BANKS + PUTTER] = 0;
    Atomics.store(words, STATE, 0);
  }

  /** @returns STATE as it was. */
  #close(): number {
    for (let look = 0; ; look++) {
      const state = Atomics.load(this.words, STATE);
      // Locked for so long, its owner is dead or stopped.
      const late = look >= LOOKS + MOMENTS;
      if (state <= 1 || late) {
        const to = state <= 1 ? AT_HUB : GONE;
        if (Atomics.compareExchange(this.words, STATE, state, to) === state) return state;
      } else if (look >= LOOKS) this.#waitFor(state);
    }
  }

  /** @returns STATE as it is now, or a negative number when it cannot be had. */
  #lock(me: number): number {
    if (me <= 0 || me >= MAX_ID >> 1) return AT_HUB;
    for (let look = 0; look < LOOKS + MOMENTS; look++) {
      const state = Atomics.load(this.words, STATE);
      if (state < 0) return state;
      if (state <= 1) {
        const held = (me << 1) | state;
        if (Atomics.compareExchange(this.words, STATE, state, held) === state) return held;
      } else if (look >= LOOKS) {
        heap.way.shared?.pause(() => this.#waitFor(state));
      }
    }
    return AT_HUB;
  }

  /** Parks for a moment, or until the lock is let go. */
  #waitFor(state: number): void {
    Atomics.add(this.words, WAITING, 1);
    Atomics.wait(this.words, STATE, state, 1);
    Atomics.sub(this.words, WAITING, 1);
  }

  #bank(state: number): Bank {
    const { words } = this;
    const at = bankOf(state);
    return {
      head: words[at + HEAD] as number,
      count: words[at + COUNT] as number,
      unfinished: words[at + UNFINISHED] as number,
      getter: words[at + GETTER] as number,
      putter: words[at + PUTTER] as number,
    };
  }

  #commit(
    held: number,
    head: number,
    count: number,
    unfinished: number,
    getter: number,
    putter: number,
  ): boolean {
    const { words } = this;
    const at = bankOf(held ^ 1);
    words[at + HEAD] = head;
    words[at + COUNT] = count;
    words[at + UNFINISHED] = unfinished;
    words[at + GETTER] = getter;
    words[at + PUTTER] = putter;
    return this.#unlock(held, (held & 1) ^ 1);
  }

  /** @returns did everything that was done under the lock happen? */
  #unlock(held: number, state = held & 1): boolean {
    if (Atomics.compareExchange(this.words, STATE, held, state) !== held) return false;
    if (Atomics.load(this.words, WAITING) > 0) Atomics.notify(this.words, STATE, 1);
    return true;
  }

  #ring(): void {
    Atomics.add(this.words, BELL, 1);
    Atomics.notify(this.words, BELL);
  }

  #write(slot: number, text: string): void {
    const at = WORDS + slot * SLOT_WORDS;
    this.words[at] = this.#bytes.write(text, 4 * (at + 1), ITEM_BYTES, 'utf8');
  }

  #read(slot: number): string {
    const at = WORDS + slot * SLOT_WORDS;
    const begin = 4 * (at + 1);
    return this.#bytes.toString('utf8', begin, begin + (this.words[at] as number));
  }
}

function bankOf(state: number): number {
  return BANKS + (state & 1) * BANK_WORDS;
}
