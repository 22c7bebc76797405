/**
 * What can be watched from outside, through Node's own doors: diagnostics channels, and `NODE_DEBUG=coppice`.
 *
 * | channel                | message                          |
 * | ---------------------- | -------------------------------- |
 * | `coppice.thread.start` | `{ thread }`: it begins to run   |
 * | `coppice.thread.end`   | `{ thread }`: it has ended       |
 * | `coppice.call.start`   | `{ thread, name }`: the hub performs a call for it |
 * | `coppice.fiber.slow`   | `{ thread, name, milliseconds, at }`: it ran so long without a yield point, up to there |
 *
 * Pins of fibers have a channel of their own (fiber/pins.ts).
 *
 * Costs next to nothing when nobody listens.
 */
import { channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import type { LocalCore } from './local-core.ts';

const log = debuglog('coppice');
const starts = channel('coppice.thread.start');
const ends = channel('coppice.thread.end');
const calls = channel('coppice.call.start');
const slow = channel('coppice.fiber.slow');
const warned = new Set<string>();

export function threadStarted(core: LocalCore): void {
  if (log.enabled) log('%s begins', core.name);
  if (starts.hasSubscribers) starts.publish({ thread: core.thread });
}

export function threadEnded(core: LocalCore): void {
  if (log.enabled) log('%s ends %s', core.name, core.outcome?.ok ? 'well' : 'with an error');
  if (ends.hasSubscribers) ends.publish({ thread: core.thread });
}

export function callStarted(thread: unknown, name: string): void {
  if (log.enabled) log('%s performs %s()', thread, name);
  if (calls.hasSubscribers) calls.publish({ thread, name });
}

/** Does anybody want to hear of slow fibers? */
export function slowFibersWatched(): boolean {
  return log.enabled || slow.hasSubscribers;
}

/** @param at the place of the yield point that came at last, where it is known. */
export function fiberWasSlow(
  core: LocalCore | undefined,
  milliseconds: number,
  { at, warns }: { readonly at: string | undefined; readonly warns: boolean },
): void {
  const name = core?.name ?? 'A module';
  if (log.enabled) log('%s ran %d ms without a yield point, up to %s', name, milliseconds, at);
  if (slow.hasSubscribers) slow.publish({ thread: core?.thread, name, milliseconds, at });
  // Without a place, the function that was spawned stands for it.
  const spawned = name.replace(/#\d+$/, '');
  if (!warns || warned.has(at ?? spawned)) return;
  warned.add(spawned);
  if (at) warned.add(at);
  process.emitWarning(
    `${name} ran ${milliseconds} ms without a yield point${at ? `, up to ${at}` : ''}; everything else stood still.`,
    {
      code: 'COPPICE_SLOW_FIBER',
      detail:
        'Call sleep(0) now and then in long computations, or do them in a worker: toThread().',
    },
  );
}
