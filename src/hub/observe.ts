/**
 * What can be watched from outside, through Node's own doors: diagnostics channels, and `NODE_DEBUG=coppice`.
 *
 * | channel                | message                          |
 * | ---------------------- | -------------------------------- |
 * | `coppice.thread.start` | `{ thread }`: it begins to run   |
 * | `coppice.thread.end`   | `{ thread }`: it has ended       |
 * | `coppice.call.start`   | `{ thread, name }`: the hub performs a call for it |
 * | `coppice.fiber.slow`   | `{ thread, name, milliseconds, at, stack }`: it ran so long without a yield point |
 *
 * The `stack` is the one that it had when it had been running for too long, and `at` its innermost frame. It is unknown
 * in a Worker, and when the stretch was over soon; `at` is then the yield point that came at last, where that is known.
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

export interface SlowStretch {
  readonly milliseconds: number;
  readonly at: string | undefined;
  readonly stack: string | undefined;
  readonly warns: boolean;
}

export function fiberWasSlow(
  core: LocalCore | undefined,
  name: string,
  stretch: SlowStretch,
): void {
  const { milliseconds, at, stack, warns } = stretch;
  if (log.enabled) log('%s ran %d ms without a yield point, %s', name, milliseconds, at);
  if (slow.hasSubscribers) slow.publish({ thread: core?.thread, name, milliseconds, at, stack });
  // Without a place, the function that was spawned stands for it. A stack is never twice the same.
  const spawned = name.replace(/#\d+$/, '');
  const place = stack === undefined ? at : at?.replace(/:\d+:\d+\)?$/, '');
  if (!warns || warned.has(place ?? spawned)) return;
  warned.add(spawned);
  if (place) warned.add(place);
  const where = stack === undefined ? '' : ` It stood at\n${stack}`;
  const upTo = stack === undefined && at ? `, up to ${at}` : '';
  process.emitWarning(
    `${name} ran ${milliseconds} ms without a yield point${upTo}; everything else stood still.${where}`,
    {
      code: 'COPPICE_SLOW_FIBER',
      detail:
        'Call sleep(0) now and then in long computations, or do them in a worker: toThread().',
    },
  );
}
