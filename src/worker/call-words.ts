/**
 * A blocking call that is no message: its number, its definition and its arguments lie in shared words. For a call whose
 * arguments are few and plain, a message would cost several times what the rest of the call does, on either side.
 *
 * Memory order. SLOT says whose the words of the call are, and only its owner reads or writes them, plainly: they change
 * hands with SLOT, whose operations are sequentially consistent.
 *
 *   Worker: EMPTY: writes the call  then  SLOT := FULL  then  rings for the hub (see lookout.ts)
 *   hub:    CAS(FULL, READING)  then  reads the call  then  SLOT := EMPTY
 *   Worker: who abandons its call: CAS(FULL, EMPTY): the hub never hears of it
 *
 * A Worker that finds SLOT not EMPTY (the hub is just reading what was abandoned) makes its call by a message.
 *
 * What a Worker posts and what it calls in this way reach the hub in the order of its program, because it calls so only
 * when the hub has heard all that it posted: HEARD counts that. While the call lies there, nothing of the Worker's goes on
 * that could post what depends on it; and the hub looks for it before it takes in what a dead Worker had posted.
 */
import { Word } from './protocol.ts';

/** What SLOT says. */
const EMPTY = 0;
const FULL = 1;
const READING = 2;

/** Of an argument: what it is. A text has its length in bytes above these bits. */
const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;
const TEXT = 5;
const KIND_BITS = 3;

/** So many arguments at most. */
const MOST = 6;
/** In SHAPE, above the count. */
const BOUNDED = 1 << 8;
const NUMBERS_AT = Word.TAGS + MOST + ((Word.TAGS + MOST) % 2);
const TEXT_AT = 4 * (NUMBERS_AT + 2 * MOST);
/** So many words the Worker and the hub share. */
export const WORDS = 256;
const TEXT_BYTES = 4 * WORDS - TEXT_AT;

export interface CallInWords {
  readonly number: number;
  readonly definition: number;
  readonly bounded: boolean;
  readonly args: unknown[];
}

export class CallWords {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #text: Buffer;

  constructor(words: Int32Array) {
    this.#words = words;
    const { buffer, byteOffset } = words;
    this.#numbers = new Float64Array(buffer, byteOffset + 4 * NUMBERS_AT, MOST);
    this.#text = Buffer.from(buffer, byteOffset + TEXT_AT, TEXT_BYTES);
  }

  /** @returns could it be put? */
  put({ number, definition, bounded, args }: CallInWords): boolean {
    const words = this.#words;
    const count = args.length;
    if (count > MOST || Atomics.load(words, Word.SLOT) !== EMPTY) return false;
    let used = 0;
    for (let index = 0; index < count; index++) {
      const value = args[index];
      let tag: number;
      if (typeof value === 'number') {
        this.#numbers[index] = value;
        tag = NUMBER;
      } else if (typeof value === 'string') {
        // No character takes more than three bytes. One that is no character at all would come out as another.
        if (used + 3 * value.length > TEXT_BYTES || !isWellFormed(value)) return false;
        const bytes = this.#text.write(value, used, 'utf8');
        used += bytes;
        tag = TEXT | (bytes << KIND_BITS);
      } else if (value === undefined) tag = UNDEFINED;
      else if (value === null) tag = NULL;
      else if (typeof value === 'boolean') tag = value ? TRUE : FALSE;
      else return false;
      words[Word.TAGS + index] = tag;
    }
    words[Word.SLOT_CALL] = number;
    words[Word.SLOT_DEFINITION] = definition;
    words[Word.SHAPE] = bounded ? count | BOUNDED : count;
    Atomics.store(words, Word.SLOT, FULL);
    return true;
  }

  /** @returns did the hub never hear of the call that lay there? */
  takeBack(): boolean {
    return Atomics.compareExchange(this.#words, Word.SLOT, FULL, EMPTY) === FULL;
  }

  /** For the hub: the call, if there is one that was not abandoned. */
  take(): CallInWords | undefined {
    const words = this.#words;
    if (Atomics.compareExchange(words, Word.SLOT, FULL, READING) !== FULL) return undefined;
    const number = words[Word.SLOT_CALL] as number;
    const definition = words[Word.SLOT_DEFINITION] as number;
    const shape = words[Word.SHAPE] as number;
    const args: unknown[] = [];
    let used = 0;
    for (let index = 0; index < (shape & (BOUNDED - 1)); index++) {
      const tag = words[Word.TAGS + index] as number;
      const kind = tag & ((1 << KIND_BITS) - 1);
      if (kind === NUMBER) args.push(this.#numbers[index]);
      else if (kind === TEXT) {
        const end = used + (tag >> KIND_BITS);
        args.push(this.#text.toString('utf8', used, end));
        used = end;
      } else args.push(PLAIN[kind]);
    }
    Atomics.store(words, Word.SLOT, EMPTY);
    return { number, definition, bounded: (shape & BOUNDED) !== 0, args };
  }
}

/** What every Node has that is supported; only the declarations do not know it yet. */
const isWellFormed = (text: string): boolean =>
  (text as unknown as { isWellFormed(): boolean }).isWellFormed();
const PLAIN = [undefined, null, false, true];
