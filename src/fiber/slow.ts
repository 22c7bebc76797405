/**
 * Owns noticing fibers that run long without a yield point: all others, timers and I/O stand still meanwhile.
 *
 * Invariants: what is told is a single stretch, from one yield point to the next, when it is over; a place is warned of
 * once, every stretch is published. The time is that of the clock: blocking in native code counts as much as computing.
 * On the main thread a watcher (watcher-entry.ts) sees stretches that are not over, takes their stack, and tells of
 * those that do not end. It is started with the first stretch that somebody wants to hear of, so that nobody else has
 * its cost. Follows asyncio's slow callbacks and gevent's monitor.
 */
import { isMainThread, Worker } from 'node:worker_threads';
import { steadyTime } from '../core/steady-time.ts';
import { userFrames } from '../core/user-frames.ts';
import { fiberWasSlow, slowFibersWatched } from '../hub/observe.ts';
import type { LocalCore } from '../hub/local-core.ts';
import { Fiber } from './fiber.ts';
import { placeOf } from './place.ts';
import { watchStretches, type Runnable } from './scheduler.ts';
import { LOOK, WORD, WORDS, type Sight } from './watcher-words.ts';

const THRESHOLD = 100;
/** Finding the place takes time itself, so it is done at most so often, in milliseconds. */
const SPARING = 1_000;
const LONGEST = 2 ** 31 - 1;

let longest = THRESHOLD;
let found = -Infinity;
let warns = false;
let present: Runnable | null = null;
/** Of the present stretch, when it has been looked at. */
let sight: Sight | null = null;
let words: Int32Array | null = null;

function coreOf(runnable: Runnable | null): LocalCore | undefined {
  return runnable instanceof Fiber
    ? (runnable.owner as { core?: LocalCore } | undefined)?.core
    : undefined;
}

const nameOf = (core: LocalCore | undefined): string => core?.name ?? 'A module';

/** Called by the watcher, in the middle of whatever runs: must touch nothing of the program's. */
function lookAt(stretch: number): Sight | null {
  if (words![WORD.stretch] !== stretch) return null;
  // The innermost is the text that the watcher had evaluated.
  const stack = userFrames().replace(/^ +at <anonymous>:1:\d+\n/, '');
  return (sight = { name: nameOf(coreOf(present)), stack });
}

function note(runnable: Fiber, milliseconds: number): void {
  let at: string | undefined;
  if (sight !== null) at = /^ +at (.*)/.exec(sight.stack)?.[1];
  else if (runnable.suspended && steadyTime() - found > SPARING) {
    at = placeOf(runnable.suspended);
    found = steadyTime();
  }
  const core = coreOf(runnable);
  fiberWasSlow(core, nameOf(core), { milliseconds, at, stack: sight?.stack, warns });
}

function startWatcher(): void {
  words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  setWords();
  // Who debugs stops threads for as long as it takes. In a Worker the inspector cannot be had from outside.
  if (!isMainThread || process.getBuiltinModule('node:inspector').url() !== undefined) return;
  Object.defineProperty(globalThis, Symbol.for(LOOK), { value: lookAt, configurable: true });
  try {
    const watcher = new Worker(new URL('./fiber-watcher.cjs', import.meta.url), {
      workerData: words,
      name: 'coppice watcher',
      // Nothing of what the program has loaded beforehand.
      execArgv: [],
      env: {},
    });
    watcher.on('error', () => {}).unref();
  } catch {
    // Workers are not allowed: stretches are told of when they are over.
  }
}

function setWords(): void {
  if (words === null) return;
  Atomics.store(words, WORD.longest, Math.min(longest, LONGEST));
  Atomics.store(words, WORD.warns, warns ? 1 : 0);
}

function run(runnable: Runnable): void {
  if (words === null) startWatcher();
  const began = Date.now();
  present = runnable;
  sight = null;
  // Only read by the watcher, which looks again if it sees an older one.
  words![WORD.stretch]!++;
  try {
    runnable.run();
  } finally {
    words![WORD.stretch]!++;
    const milliseconds = Date.now() - began;
    if (milliseconds >= longest && runnable instanceof Fiber) note(runnable, milliseconds);
    present = null;
  }
}

/** From now on also warns of them, once for each place. */
export function warnOfSlowFibers(milliseconds: number): void {
  longest = milliseconds;
  warns = true;
  setWords();
}

watchStretches({
  wanted: () => longest !== Infinity && (warns || slowFibersWatched()),
  run,
});
