/**
 * How the hub hears of calls that lie in shared words (call-words.ts): it looks for them.
 *
 * Memory order. Each Worker has a bit in shared words, which it sets once its call lies there, and HUB says whether the hub
 * is going to look by itself:
 *
 *   Worker: SLOT := FULL  then  sets its bit  then  CAS(HUB, ASLEEP, AWAKE), and posts LOOK if that succeeds
 *   hub:    HUB := ASLEEP  then  looks at the bits once more  and only then waits for messages
 *
 * In the total order of these operations either the hub's last look comes after the bit, or the CAS comes after ASLEEP and
 * a LOOK is posted. While HUB says AWAKE a look is certain: the hub's own turn, a LOOK that is on its way, or the exit of
 * a Worker that was terminated between the CAS and posting it; the hub looks then as well. The hub clears a bit before it
 * looks into the slot, so what is put there later sets the bit anew. A Worker that abandons its call may leave its bit
 * set: then there is nothing to be found.
 *
 * A look takes each call once, and the loop has its turn between two: timers and I/O are served as ever.
 *
 * Having answered, the hub does not go to sleep at once, since the next call would have to wake it out of the kernel. It
 * looks again in the loop's next turn; where a core is idle for LINGER milliseconds, which is what it costs at most after
 * the last of a row of calls. It is seldom done when nothing came the last few times.
 */
import { availableParallelism } from 'node:os';
import { steadyTime } from '../core/steady-time.ts';
import { HUB_ASLEEP, HUB_AWAKE, PLACES, Shared, SHARED_WORDS } from './protocol.ts';

/** In milliseconds. */
const LINGER = 0.05;
/** After so many times in a row in vain, only one in PROBE finds out whether it would pay again. */
const PATIENCE = 4;
const PROBE = 32;

/** Who may have put a call into its words. */
export interface Caller {
  takeCall(): void;
}

/** The words that all Workers of this hub share. */
export const shared = new Int32Array(new SharedArrayBuffer(4 * SHARED_WORDS));

const cores = availableParallelism();
const callers: (Caller | undefined)[] = [];
let until = 0;
let turning = false;
let followed = false;
let vain = 0;

/** Gives a caller its place: which bit is its. `undefined` when all are taken: then it has to post its calls. */
export function addCaller(caller: Caller): number | undefined {
  let place = callers.indexOf(undefined);
  if (place === -1) place = callers.length;
  if (place >= PLACES) return undefined;
  callers[place] = caller;
  return place;
}

export function removeCaller(place: number | undefined): void {
  if (place !== undefined) callers[place] = undefined;
}

/** Takes in all calls that are there. @returns was there one? */
export function look(): boolean {
  let found = false;
  for (let first = 0; first < callers.length; first += 32) {
    const word = Shared.CALLING + (first >> 5);
    let bits = Atomics.load(shared, word);
    while (bits !== 0) {
      const bit = 31 - Math.clz32(bits & -bits);
      bits &= bits - 1;
      Atomics.and(shared, word, ~(1 << bit));
      callers[first + bit]?.takeCall();
      found = true;
    }
  }
  return found;
}

/** A LOOK came, or what stands for one: looks, and says so when the hub sleeps again. */
export function lookAndSleep(): void {
  try {
    look();
  } finally {
    if (!turning) sleep();
  }
}

/** A blocking call was answered; its caller is about to be awake, if it is not. */
export function linger(): void {
  if (!turning && vain > PATIENCE && ++vain % PROBE !== 0) return;
  followed = turning;
  // A core is idle when fewer Workers are awake than there are cores beside this thread's.
  const idle = Math.max(Atomics.load(shared, Shared.AWAKE), 1) < cores;
  until = idle ? steadyTime() + LINGER : 0;
  if (!turning) begin();
}

function begin(): void {
  turning = true;
  Atomics.store(shared, Shared.HUB, HUB_AWAKE);
  setImmediate(turn);
}

function turn(): void {
  let found = true;
  try {
    found = look();
  } finally {
    if (found || steadyTime() < until) setImmediate(turn);
    else {
      turning = false;
      vain = followed ? 0 : vain + 1;
      sleep();
    }
  }
}

function sleep(): void {
  Atomics.store(shared, Shared.HUB, HUB_ASLEEP);
  for (let first = 0; first < callers.length; first += 32) {
    if (Atomics.load(shared, Shared.CALLING + (first >> 5)) === 0) continue;
    until = 0;
    begin();
    return;
  }
}
