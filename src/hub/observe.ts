/**
 * What can be watched from outside, through Node's own doors: diagnostics channels, and `NODE_DEBUG=coppice`.
 *
 * | channel                | message                          |
 * | ---------------------- | -------------------------------- |
 * | `coppice.thread.start` | `{ thread }`: it begins to run   |
 * | `coppice.thread.end`   | `{ thread }`: it has ended       |
 * | `coppice.call.start`   | `{ thread, name }`: the hub performs a call for it |
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

export function threadStarted({ thread, name }: LocalCore): void {
  if (log.enabled) log('%s begins', name);
  if (starts.hasSubscribers) starts.publish({ thread });
}

export function threadEnded({ thread, name, outcome }: LocalCore): void {
  if (log.enabled) log('%s ends %s', name, outcome?.ok ? 'well' : 'with an error');
  if (ends.hasSubscribers) ends.publish({ thread });
}

export function callStarted(thread: unknown, name: string): void {
  if (log.enabled) log('%s performs %s()', thread, name);
  if (calls.hasSubscribers) calls.publish({ thread, name });
}
