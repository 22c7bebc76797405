/** `rawLink` of the primitives: the same at the hub and in Workers. */
import { expect, test } from 'vitest';
import { AsyncResult, Channel, Event, Queue, Semaphore } from '../../dist/index.js';
import { wrap } from 'coppice';
import * as fixtures from '../fixtures/sync/links.mjs';
import { fixture } from '../support.ts';

const jobs = wrap<typeof fixtures>(fixture('sync/links.mjs'));
const things = {
  Event: () => {
    const event = new Event();
    return [event, () => event.set()] as const;
  },
  AsyncResult: () => {
    const result = new AsyncResult();
    return [result, () => result.setError(new Error('ready all the same'))] as const;
  },
  Semaphore: () => {
    const semaphore = new Semaphore(0);
    return [semaphore, () => semaphore.release()] as const;
  },
  Queue: () => {
    const queue = new Queue();
    return [queue, () => queue.tryPut(1)] as const;
  },
  Channel: () => {
    const channel = new Channel();
    return [channel, () => void channel.sendAsync(1, { timeout: 1_000 }).catch(() => {})] as const;
  },
};

test.each(Object.keys(things) as (keyof typeof things)[])(
  '%s: a callback is called once, and not when it was taken back',
  async (kind) => {
    for (const where of [fixtures.linked, jobs.linked]) {
      const [thing, makeReady] = things[kind]();
      const go = new Event();
      const done = where(thing, go);
      // oxlint-disable-next-line no-await-in-loop -- one heap after the other
      await go.waitAsync();
      makeReady();
      // oxlint-disable-next-line no-await-in-loop -- as above
      expect(await done).toEqual(['twice', 'again']);
    }
  },
);

test('an AsyncResult can be linked to what a parked Worker waits for', async () => {
  expect(await jobs.resultsAsLinks(fixture('sync/square.js').href)).toEqual([16, 16, false, false]);
});
