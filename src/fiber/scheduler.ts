/**
 * Owns who runs next: first in, first out, in slices, so that timers and I/O get their turn.
 *
 * Invariants: nothing runs inside `enqueue`; a slice ends after SLICE milliseconds even when fibers keep waking each
 * other (`sleep(0)` storms), and the next one begins from setImmediate, behind timers and I/O. With a seed, each pick
 * is a pseudo-random one among those that are ready, the same for the same seed, so that a race shows and can be
 * replayed.
 */
import { outsideContext } from '../core/async-context.ts';
import { steadyTime } from '../core/steady-time.ts';

export interface Runnable {
  /** The queue's link; null when not in it. */
  next: Runnable | null;
  run(): void;
}

/** Milliseconds. Long enough for the clock not to matter, short enough for a server's I/O. */
const SLICE = 5;
/** The clock is asked after so many runs at most. */
const BATCH = 64;

let head: Runnable | null = null;
let tail: Runnable | null = null;
let scheduled = false;
let began = 0;
/** After how many it is asked: fewer when they run long, so that timers and I/O have their turn. */
let batch = 1;
let random: (() => number) | null = null;
const pool: Runnable[] = [];

/** Lets it run, later and once. It must not be in the queue already. */
export function enqueue(runnable: Runnable): void {
  if (random !== null) pool.push(runnable);
  else if (tail === null) head = tail = runnable;
  else {
    tail.next = runnable;
    tail = runnable;
  }
  if (!scheduled) {
    scheduled = true;
    // Whose code wakes the first one has nothing to do with the others.
    outsideContext(() => setImmediate(slice));
  }
}

function take(): Runnable | null {
  if (random !== null) {
    if (pool.length === 0) return null;
    const index = Math.floor(random() * pool.length);
    const picked = pool[index]!;
    pool[index] = pool[pool.length - 1]!;
    pool.pop();
    return picked;
  }
  const first = head;
  if (first === null) return null;
  head = first.next;
  first.next = null;
  if (head === null) tail = null;
  return first;
}

/** When the present slice began, in milliseconds since the epoch: the time, near enough, at no cost. */
export function sliceBegan(): number {
  return began;
}

/** Who hears of long stretches. */
export interface StretchWatch {
  /** Asked at the beginning of each slice: taking the time of each stretch costs as much as a switch. */
  wanted(): boolean;
  /** Runs one, and looks at its time. */
  run(runnable: Runnable): void;
}

let watch: StretchWatch | null = null;

/** From now on it runs them, when it is wanted. */
export function watchStretches(by: StretchWatch): void {
  watch = by;
}

function slice(): void {
  began = Date.now();
  const watching = watch !== null && watch.wanted() ? watch : null;
  let now = steadyTime();
  const end = now + SLICE;
  try {
    do {
      const from = now;
      for (let count = 0; count < batch; count++) {
        const next = take();
        if (next === null) {
          scheduled = false;
          return;
        }
        if (watching === null) next.run();
        else watching.run(next);
      }
      now = steadyTime();
      if (now - from > SLICE) batch = Math.max(1, batch >> 1);
      else if (now - from < SLICE / 8) batch = Math.min(BATCH, batch << 1);
    } while (now < end);
    setImmediate(slice);
  } catch (error) {
    // An onDone that throws must not lose the others.
    setImmediate(slice);
    throw error;
  }
}

/** Shuffles who runs next, by this seed; `undefined` goes back to first in, first out. */
export function shuffleBy(seed: number | undefined): void {
  const waiting: Runnable[] = pool.splice(0);
  for (let next = head; next !== null; next = next.next) waiting.push(next);
  for (const runnable of waiting) runnable.next = null;
  head = tail = null;
  random = seed === undefined ? null : mulberry(seed);
  for (const runnable of waiting) enqueue(runnable);
}

/** A small generator with a full 32-bit state; only its being repeatable matters. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
