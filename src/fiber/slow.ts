/**
 * Owns noticing fibers that run long without a yield point: all others, timers and I/O stand still meanwhile.
 *
 * Invariants: what is told is a single stretch, from one yield point to the next; a place is warned of once, every
 * stretch is published. The time is that of the clock: blocking in native code counts as much as computing. Follows asyncio's slow callbacks and gevent's monitor.
 */
import { steadyTime } from '../core/steady-time.ts';
import { fiberWasSlow, slowFibersWatched } from '../hub/observe.ts';
import type { LocalCore } from '../hub/local-core.ts';
import { Fiber } from './fiber.ts';
import { placeOf } from './place.ts';
import { watchStretches } from './scheduler.ts';

const THRESHOLD = 100;
/** Finding the place takes time itself, so it is done at most so often, in milliseconds. */
const SPARING = 1_000;

let found = -Infinity;
let warns = false;

function note(runnable: unknown, milliseconds: number): void {
  if (!(runnable instanceof Fiber)) return;
  const core = (runnable.owner as { core?: LocalCore } | undefined)?.core;
  let at: string | undefined;
  if (runnable.suspended && steadyTime() - found > SPARING) {
    at = placeOf(runnable.suspended);
    found = steadyTime();
  }
  fiberWasSlow(core, milliseconds, { at, warns });
}

/** From now on also warns of them, once for each place. */
export function warnOfSlowFibers(longest: number): void {
  watchFor(longest);
  warns = true;
}

function watchFor(longest: number): void {
  watchStretches({ longest, wanted: () => warns || slowFibersWatched(), tell: note });
}

watchFor(THRESHOLD);
