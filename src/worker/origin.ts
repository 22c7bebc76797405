/**
 * Where green threads are spawned: shown below the stack of what they throw.
 *
 * To take the frames costs as much as half of all the rest of a short job, and nobody asks for them before something is
 * thrown. So there is a budget. Who spawns no more than some hundred threads in a burst, or 250 a second, has the place
 * of each; who spawns more has those of a sample, and is told of the others where one before them was spawned that runs
 * the same module.
 */
import { steadyTime } from '../core/steady-time.ts';
import { laterFrames, underHeading } from '../core/error-codec.ts';
import { GreenThread } from '../hub/green-thread.ts';

/** In words, for who asks. */
export type Origin = () => string;

/** How many frames are taken. */
const FRAMES = 8;
/** So many can be noted in a row. */
const BUDGET = 256;
/** So many milliseconds bring back one that was spent: then the frames cost less than a hundredth of the time. */
const RENEWAL = 4;

const UNKNOWN: Origin = () => underHeading('spawned, as too many were to note where each was', '');

let budget = BUDGET;
let renewed = steadyTime();
let last: { readonly url: string; readonly likely: Origin } | undefined;

/** Where a thread that runs this module is being made. To be called inside its constructor. */
export function originOf(url: string): Origin {
  const now = steadyTime();
  budget = Math.min(BUDGET, budget + (now - renewed) / RENEWAL);
  renewed = now;
  if (budget < 1) return last?.url === url ? last.likely : UNKNOWN;
  budget--;
  const frames = laterFrames(GreenThread, FRAMES);
  last = { url, likely: () => underHeading('spawned, likely where one before it was', frames()) };
  return () => underHeading('spawned', frames());
}
