/**
 * The hub's account of the results that it has handed over to those who wait in a Worker without parking it.
 *
 * Invariant: each result ends in exactly one of two ways: it was taken, and is forgotten, or it goes back to whoever gave
 * it. See protocol.ts for what the words say, and for the order in which they are read.
 */
import type { Call } from '../core/call.ts';
import { givingBack } from '../core/returned.ts';
import { Word } from './protocol.ts';

/** A result on its way to the Worker. */
export interface HandedOver {
  readonly number: number;
  /** Grows with each result that is handed over, to whichever Worker. */
  readonly given: number;
  readonly call: Call;
  readonly value: unknown;
}

export class Deliveries {
  /** Oldest first, from the one on that was next to be taken when the words were last read. */
  readonly #untaken: (HandedOver | undefined)[] = [];
  readonly #words: Int32Array;
  readonly #takenWord: number;
  #taken = 0;
  #refused = 0;

  /** @param takenWord which word counts those that were taken. */
  constructor(words: Int32Array, takenWord: number) {
    this.#words = words;
    this.#takenWord = takenWord;
  }

  add(handedOver: HandedOver): void {
    this.#untaken.push(handedOver);
  }

  /** Forgets what was taken. */
  forgetTaken(): void {
    const taken = Atomics.load(this.#words, this.#takenWord);
    // The counts may go round.
    if (((Atomics.load(this.#words, Word.REFUSED) - this.#refused) | 0) > 0) return;
    this.#untaken.splice(0, (taken - this.#taken) | 0);
    this.#taken = taken;
  }

  /** The run is over: what nobody took goes back. */
  passOn(): void {
    this.forgetTaken();
    for (const handedOver of this.#untaken.splice(0)) takeBack(handedOver);
  }

  /** Whoever wanted it was gone. Its place stays, since what was taken is counted in order. */
  refused(number: number): void {
    this.#refused = (this.#refused + 1) | 0;
    const index = this.#untaken.findIndex((handedOver) => handedOver?.number === number);
    if (index < 0) return;
    const handedOver = this.#untaken[index];
    this.#untaken[index] = undefined;
    takeBack(handedOver);
  }
}

export function takeBack(handedOver: HandedOver | undefined): void {
  if (!handedOver) return;
  const { call, value, given } = handedOver;
  const { discard, reclaim } = call.definition;
  givingBack(given, () => (discard ?? reclaim)?.(value, call));
}
