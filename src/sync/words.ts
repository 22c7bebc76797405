/**
 * The words that a primitive shares with Workers, so that what need not wait costs no trip to the hub.
 *
 * Memory order. One 32-bit word holds the state, and every change of it is one Atomics operation (sequentially
 * consistent), so there is one order of all changes. The rule that makes it right: everybody may move the word between
 * states in which nobody waits, by compare-and-swap; only the hub waits for others, and before it lets anyone wait it
 * moves the word, by compare-and-swap as well, to a state (negative) that nobody else leaves.
 *
 *   taker (any heap):  CAS(free -> taken); done
 *   giver (any heap):  CAS(taken -> free); fails if the word is negative: then the giver asks the hub
 *   hub, to wait:      CAS(taken -> negative), and only then the waiter is queued
 *
 * No wakeup is lost: were the giver's CAS first, the hub's CAS finds the word free and takes it without waiting; were
 * the hub's first, the giver's CAS fails, and it goes to the hub, where the waiter is queued by then, because the hub
 * is one thread. While the word is negative only the hub writes it, so there plain stores suffice; it leaves that state
 * when its last waiter has gone. What the lock protects is published as well: the CAS that frees happens before the
 * CAS that takes, and a message to the hub and its reply order everything on both sides.
 */
import { heap } from '../core/heap.ts';
import { Spin } from '../core/spin.ts';
import { steadyTime } from '../core/steady-time.ts';

/** Indexes. The first word is the state that the header is about. */
export const State = 0;
/** Of a lock: how often its owner holds it; only the owner reads or writes it. Of a semaphore: the most permits. */
export const Extra = 1;

/** How many Workers nap until the state changes; see `napFor`. */
export const Sleepers = 2;

/**
 * How long a Worker naps on the words before it goes to the hub to wait, in milliseconds: as long as a kill can go
 * unnoticed, and longer than the slice of another process that takes the core of the one that is about to let go.
 */
export const NAP = 5;

/** A semaphore for whose permits somebody waits at the hub. */
export const WAITED_FOR = -1;
/** More permits than any semaphore that anyone releases one by one. */
export const MANY = 0x7fffffff;

/** An event's state: is it set, does somebody wait at the hub? Set and waited for is never seen. */
export const EventState = { CLEAR: 0, SET: 1, WAITED_FOR: -1 } as const;

export function makeWords(state: number, extra = 0): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(12));
  words[State] = state;
  words[Extra] = extra;
  return words;
}

/** Moves the state from what it is to what `next` makes of it; `undefined` leaves it. @returns was it moved? */
export function move(words: Int32Array, next: (state: number) => number | undefined): boolean {
  for (;;) {
    const state = Atomics.load(words, State);
    const wanted = next(state);
    if (wanted === undefined) return false;
    if (Atomics.compareExchange(words, State, state, wanted) === state) return true;
  }
}

/** Takes a permit if one is free. */
export function takePermit(words: Int32Array): boolean {
  for (let free = Atomics.load(words, State); free > 0; free = Atomics.load(words, State))
    if (Atomics.compareExchange(words, State, free, free - 1) === free) return true;
  return false;
}

/** Gives a permit back if nobody waits for it, and there is room for it. */
export function givePermit(words: Int32Array): boolean {
  const most = Atomics.load(words, Extra);
  for (let free = Atomics.load(words, State); free >= 0 && free < most;) {
    const seen = Atomics.compareExchange(words, State, free, free + 1);
    if (seen === free) return true;
    free = seen;
  }
  return false;
}

/** Wakes a Worker that naps. Called by whoever has just moved the state to free. */
export function wakeSleeper(words: Int32Array): void {
  if (Atomics.load(words, Sleepers) > 0) Atomics.notify(words, State, 1);
}

const spin = new Spin(800, 1, 64);

/** Tries again and again for a very short while, if there is a core to spare. */
export function spinFor(attempt: () => boolean): boolean {
  return heap.way.shared?.maySpin() === true && spin.until(attempt);
}

/**
 * Tries again and again for a few milliseconds, parked on the word itself in between: a hand-over between two Workers then
 * needs no hub. Not a wait of its own, but a short delay of the way to the hub, so it needs no cancelling.
 *
 * The sleeper counts itself and then parks if the state is still what it was; the giver moves the state and then looks
 * at the count. In the one order of these four operations either the giver sees the sleeper, or the sleeper's park sees
 * the new state. One that wakes for nothing (the permit was taken by another) tries on, or goes to the hub.
 *
 * Not first come, first served: one that naps has no place in any line yet, so whoever comes in these milliseconds can be
 * before it. It stays so because a place would have to be part of the one word that decides who has the lock, and giving
 * it back would then cost a look at the line each time, also when there is none; and because nobody can tell: a napper is
 * shown as waiting nowhere, and its line begins when the hub knows of it. It cannot be passed over for longer: after the
 * nap it stands in the hub's queue, and from then on nobody slips in. (A Queue, whose state has more words and a lock of
 * its own, does give its napper a place; see ring.ts.)
 */
export function napFor(words: Int32Array, attempt: () => boolean): boolean {
  const { shared } = heap.way;
  if (!shared) return false;
  const until = Math.min(steadyTime() + NAP, heap.timeouts().next?.deadline ?? Infinity);
  for (;;) {
    if (attempt()) return true;
    const state = Atomics.load(words, State);
    const left = until - steadyTime();
    // Negative: somebody waits at the hub, and whoever comes now waits there, behind him.
    if (state < 0 || left <= 0) return false;
    Atomics.add(words, Sleepers, 1);
    shared.pause(() => void Atomics.wait(words, State, state, left));
    Atomics.sub(words, Sleepers, 1);
  }
}

/** What a face does first in a Worker, where the core is not: with the words, once it has them. */
export function inWorker<T>(words: Int32Array | undefined, attempt: () => T): T | undefined {
  const { shared } = heap.way;
  if (!words || !shared) return undefined;
  // A yield point even when it need not wait, or a loop of these could not be killed.
  shared.check();
  return attempt();
}
