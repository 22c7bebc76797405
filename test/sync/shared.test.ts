/** Locks, semaphores and events in shared memory: Workers, coroutines of the main program, and kills, all at once. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Event, Lock, RLock, Semaphore, waitAsync, wrap, type GreenThread } from 'coppice';
import { fixture, until } from '../support.ts';

const jobs = wrap(fixture('sync/consumer.js'));
const job = (name: string, ...args: unknown[]): GreenThread =>
  (jobs[name] as (...given: unknown[]) => GreenThread)(...args);
const cells = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

test.each([
  ['Lock', () => new Lock()],
  ['RLock', () => new RLock()],
  ['Semaphore', () => new Semaphore(1)],
])('a %s excludes Workers and coroutines alike', async (_name, make) => {
  const lock = make();
  const cell = cells();
  const times = 5_000;
  const workers = Array.from({ length: 3 }, () => job('countLocked', lock, cell, times));
  for (let i = 0; i < 500; i++) {
    await lock.acquireAsync();
    cell[0] = (cell[0] as number) + 1;
    lock.release();
  }
  for (const worker of workers) await worker;
  expect(cell[0]).toBe(3 * times + 500);
  expect(lock.statistics().waiting).toBe(0);
  expect(lock.tryAcquire()).toBe(true);
});

test('kills in the middle of it neither break nor leave the lock', async () => {
  const lock = new Lock();
  const cell = cells();
  const counts = cells();
  const ended: Promise<void>[] = [];
  for (let i = 0; i < 60; i++) {
    const threads = [
      job('countForEver', lock, cell, counts),
      job('countForEver', lock, cell, counts),
    ];
    await until(() => threads.every((thread) => thread.state === 'running'));
    await delay(Math.random() * 4);
    for (const thread of threads) ended.push(thread.killAsync());
    await Promise.all(ended);
  }
  expect(cell[0]).toBe(counts[0]);
  expect(lock.statistics()).toEqual({ locked: false, owner: undefined, depth: 0, waiting: 0 });
});

test('what a Worker gives back wakes those who wait at the hub', async () => {
  const [ping, pong] = [new Semaphore(0), new Semaphore(0)];
  const thread = job('pingPong', ping, pong, 50);
  for (let i = 0; i < 50; i++) {
    ping.release();
    await pong.acquireAsync();
  }
  await thread;
  expect([ping.value, pong.value]).toEqual([0, 0]);
  const event = new Event();
  const waiting = event.waitAsync();
  const linked = waitAsync([event]);
  expect(await job('setAndSee', event)).toEqual([true, true, false]);
  expect(await waiting).toBe(true);
  expect((await linked)[0] === event).toBe(true);
  expect(event.isSet).toBe(false);
});

test('a semaphore that a Worker has used still tells those who only watch it', async () => {
  const [watched, other] = [new Semaphore(0), new Semaphore(1)];
  // It gives `watched` back once; the words are shared by then.
  const watching = waitAsync([watched]);
  await job('pingPong', other, watched, 1);
  expect((await watching)[0] === watched).toBe(true);
  const again = new Semaphore(0);
  await job('pingPong', new Semaphore(1), again, 1);
  expect(again.tryAcquire()).toBe(true);
  const later = waitAsync([again]);
  await job('pingPong', new Semaphore(1), again, 1);
  expect((await later)[0] === again).toBe(true);
});

test('an RLock is re-entered without the hub, too', async () => {
  expect(await job('reenter', new RLock())).toEqual([2, true, false]);
});
