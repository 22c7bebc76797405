/**
 * A lock in shared memory, as everybody takes it and its owner lets it go; see words.ts.
 */
import { Extra, State, wakeSleeper } from './words.ts';

/** Takes the lock if it is free, or the owner's already. */
export function takeLock(words: Int32Array, me: number, reentrant: boolean): boolean {
  const state = Atomics.compareExchange(words, State, 0, me);
  if (state === 0) Atomics.store(words, Extra, 1);
  else if (reentrant && Math.abs(state) === me) Atomics.add(words, Extra, 1);
  else return false;
  return true;
}

/** Lets the lock go if it is the owner's and nobody waits. */
export function dropLock(words: Int32Array, me: number): boolean {
  if (Atomics.load(words, State) !== me) return false;
  const depth = Atomics.load(words, Extra);
  Atomics.store(words, Extra, depth - 1);
  if (depth > 1) return true;
  if (Atomics.compareExchange(words, State, me, 0) === me) {
    wakeSleeper(words);
    return true;
  }
  // Somebody began to wait just now: the hub hands it over, and counts for itself.
  Atomics.store(words, Extra, depth);
  return false;
}
