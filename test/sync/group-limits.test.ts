/** Everything of groups and pools that waits takes limits. */
import { expect, test } from 'vitest';
import { Event, Pool, wrap, type GreenThread } from 'coppice';
import { fixture, rejection } from '../support.ts';

const waiter = fixture('sync/waits-for-event.mjs');
const TIMEOUT = { code: 'ERR_COPPICE_TIMEOUT' };
const SOON = { timeout: 5 };

test('coroutines', async () => {
  const event = new Event();
  const pool = new Pool(1);
  expect(await rejection(pool.applyAsync(waiter, [event], SOON))).toMatchObject(TIMEOUT);
  // Its thread goes on, and holds the only place.
  expect(await rejection(pool.with(SOON).spawnAsync(waiter, event))).toMatchObject(TIMEOUT);
  expect(await rejection(pool.mapAsync(waiter, [event, event], SOON))).toMatchObject(TIMEOUT);
  const signal = AbortSignal.abort();
  expect(await rejection(pool.applyAsync(waiter, [event], { signal }))).toBe(signal.reason);
  expect(await rejection(pool.with({ signal }).spawnAsync(waiter, event))).toBe(signal.reason);
  expect(pool.statistics()).toEqual({ threads: 1, free: 0, waitingToSpawn: 0 });
  event.set();
  await pool.joinAsync();
});

test.each(['imapAsync', 'imapUnorderedAsync'] as const)('%s', async (name) => {
  const event = new Event();
  const pool = new Pool(2);
  const values = pool[name](waiter, [event, event], SOON);
  // As many threads are waited for as there is time for; the values are not lost by that.
  expect(await rejection(values.next())).toMatchObject(TIMEOUT);
  event.set();
  await pool.joinAsync();
  await pool.killAsync();
});

test('in a Worker', async () => {
  const event = new Event();
  const codes = await (wrap(fixture('sync/pool-limits.mjs'))['limits']!(
    event,
    waiter.href,
  ) as GreenThread);
  expect(codes).toEqual(
    ['apply', 'spawn', 'map', 'imap', 'again', 'done'].map((what) => [
      what,
      what === 'done' ? ['set', 'set'] : 'ERR_COPPICE_TIMEOUT',
    ]),
  );
});
