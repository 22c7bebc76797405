/**
 * What all calls of this Worker to the hub have in common, whoever waits for them and how.
 *
 * Invariants: no two calls that are under way have one number. What the hub must know of a call's definition and of its
 * fiber it hears before the call, and once.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Definition } from '../core/definition.ts';
import { heap } from '../core/heap.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { endedError } from './ended.ts';
import { CallWords } from './call-words.ts';
import {
  HUB_ASLEEP,
  HUB_AWAKE,
  Shared,
  ToHub,
  Word,
  Caller,
  type AboutCall,
  type Boot,
} from './protocol.ts';
import { crossingAll, post, postedSoFar, postPayload } from './wire.ts';

export class CallSender {
  readonly #port: MessagePort;
  /** What the hub knows definitions by. */
  readonly #definitions = new Map<Definition, number>();
  /** The fibers whom the hub knows. */
  readonly #fibers = new Set<number>();
  #runs = false;
  #lastCall = 0;
  readonly #words: Int32Array;
  readonly #shared: Int32Array;
  readonly #callWords: CallWords;
  /** The word and the bit in it that say that a call lies in shared words; none where calls are posted. */
  readonly #calling: { readonly word: number; readonly bit: number } | undefined;

  constructor({ port, words, shared, place }: Boot) {
    this.#port = port;
    this.#words = words;
    this.#shared = shared;
    this.#callWords = new CallWords(words);
    this.#calling =
      place === undefined
        ? undefined
        : { word: Shared.CALLING + (place >> 5), bit: 1 << (place & 31) };
  }

  beginRun(): void {
    this.#runs = true;
  }

  endRun(): void {
    this.#runs = false;
    // To clear it makes a new table, also for an empty one.
    if (this.#fibers.size > 0) this.#fibers.clear();
  }

  /** @throws CoppiceError when no job is under way: else the next one's thread would pass for the caller. */
  next(): number {
    if (!this.#runs) throw endedError();
    // Positive 31-bit numbers, round and round: never equal to NO_CALL or SETTLED.
    this.#lastCall = this.#lastCall === 0x7fffffff ? 1 : this.#lastCall + 1;
    return this.#lastCall;
  }

  /** As `send`, for a call that parks. Where it can be, it is no message. */
  sendParked(call: number, definition: Definition, args: unknown[], bounded: boolean): void {
    if (!this.#put(call, definition, args, bounded))
      this.send(call, Caller.PARKED, definition, args, bounded);
  }

  /** See call-words.ts and lookout.ts for the order. */
  #put(number: number, definition: Definition, args: unknown[], bounded: boolean): boolean {
    const calling = this.#calling;
    const known = this.#definitions.get(definition);
    if (!calling || known === undefined || heap.ownFiber()) return false;
    if (Atomics.load(this.#words, Word.HEARD) !== postedSoFar()) return false;
    if (!this.#callWords.put({ number, definition: known, bounded, args })) return false;
    const shared = this.#shared;
    Atomics.or(shared, calling.word, calling.bit);
    if (Atomics.compareExchange(shared, Shared.HUB, HUB_ASLEEP, HUB_AWAKE) === HUB_ASLEEP)
      post(this.#port, LOOK);
    return true;
  }

  /** The call that was sent last is abandoned. @returns will the hub never hear of it? */
  takeBack(): boolean {
    return this.#callWords.takeBack();
  }

  /**
   * @param bounded will something that the caller knows of end the wait?
   */
  send(
    call: number,
    caller: Caller,
    definition: Definition,
    args: readonly unknown[],
    bounded: boolean,
    { timeout, open }: Pick<AboutCall, 'timeout' | 'open'> = {},
  ): void {
    const fiber = this.#fiberOf(definition);
    const number = this.#numberOf(definition);
    const about: AboutCall | 0 =
      bounded || timeout !== undefined || fiber !== undefined || open === true
        ? { timeout, bounded, open, fiber }
        : 0;
    postPayload(this.#port, [ToHub.CALL, call, caller, number, about, ...crossingAll(args)], {
      values: args,
      nameOf: (index) => `Argument ${index + firstOf(definition)} of ${definition.name}()`,
    });
  }

  /** The fiber that calls, where it matters to the call. */
  #fiberOf({ owned }: Definition): number | undefined {
    const thread = heap.ownFiber() as GreenThread | undefined;
    if (!thread) return undefined;
    const { id, name } = thread;
    if (owned && !this.#fibers.has(id)) {
      this.#fibers.add(id);
      post(this.#port, [ToHub.FIBER, id, name]);
      thread.rawLink(() => {
        if (this.#fibers.delete(id)) post(this.#port, [ToHub.FIBER_ENDED, id]);
      });
    }
    return id;
  }

  #numberOf(definition: Definition): number {
    let number = this.#definitions.get(definition);
    if (number === undefined) {
      const { name, module } = definition;
      number = this.#definitions.size;
      this.#definitions.set(definition, number);
      post(this.#port, [ToHub.DEFINITION, number, name, module]);
    }
    return number;
  }
}

const LOOK: ToHub = [ToHub.LOOK];
const firstOf = ({ isMethod = false }: Definition): number => (isMethod ? 0 : 1);
