/** `wait` and `asCompleted`: their limits, things of the caller's own heap, and what they leave behind. */
import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import {
  asCompleted,
  asCompletedAsync,
  Event,
  Queue,
  Semaphore,
  wait,
  waitAsync,
  wrap,
  type CanWait,
  type Wait,
} from 'coppice';
import { deferred, fixture, rejection, runProgram, thrownBy } from '../support.ts';
import { drive } from './waiters.ts';

const jobs = wrap(fixture('sync/waits.js'));
const TWIN = Symbol.for('coppice.twin');

function onFiber(...args: unknown[]): Promise<unknown> {
  const twin = (wait as never)[TWIN] as (...given: unknown[]) => Generator<Wait<unknown>>;
  return new Promise((resolve) => drive(twin(...args), resolve));
}

test('a signal withdraws the wait', async () => {
  const event = new Event();
  const reason = new Error('enough');
  expect(await rejection(waitAsync([event], { signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(await onFiber([event], { signal: AbortSignal.abort(reason) })).toBe('enough');
  const controller = new AbortController();
  const waits = [
    rejection(waitAsync([event], { signal: controller.signal })),
    rejection(asCompletedAsync([event], { signal: controller.signal }).next()),
  ];
  const fiber = onFiber([event], { signal: controller.signal });
  controller.abort(reason);
  expect(await Promise.all(waits)).toEqual([reason, reason]);
  expect(await fiber).toBe('enough');
  expect(event.statistics().waiting).toBe(0);
});

test('in a Worker, parked', async () => {
  expect(await jobs['parked']!(new Event())).toEqual([
    ['AbortSignal'],
    ['AbortSignal'],
    ['AbortSignal'],
    ['Promise', 'Promise'],
    ['Semaphore'],
    ['AbortSignal'],
    [],
    'ERR_COPPICE_WOULD_BLOCK_WORKER',
    'ERR_COPPICE_WOULD_BLOCK_WORKER',
    'AbortError',
    'TimeoutError',
    'TimeoutError',
    ['Semaphore'],
    'AbortError',
    'AbortError',
  ]);
});

test('in a Worker, awaited', async () => {
  expect(await jobs['awaited']!(new Event())).toEqual([
    ['AbortSignal'],
    ['Promise'],
    ['Event', 'Promise'],
    ['Semaphore'],
    'TimeoutError',
  ]);
});

test('asCompleted ends when its time is over', async () => {
  const free = new Semaphore(1);
  const seen = [];
  for await (const each of asCompletedAsync([new Event(), free], { timeout: 5 })) seen.push(each);
  expect(seen).toEqual([free]);
});

test('plain code on the main thread, where it need not wait', () => {
  const set = new Event();
  set.set();
  const free = new Semaphore(1);
  const unset = new Event();
  expect(wait([set, free])).toEqual([set, free]);
  expect(wait([unset, free], { count: 1 })).toEqual([free]);
  expect(wait([unset, free], { timeout: 0 })).toEqual([free]);
  const settled = Promise.resolve();
  expect(wait([settled, AbortSignal.abort()])).toHaveLength(2);
  expect([...asCompleted([free, set])]).toEqual([free, set]);
  expect(thrownBy(() => wait([unset]))).toMatchObject({ code: 'ERR_COPPICE_WOULD_BLOCK_MAIN' });
  expect(thrownBy(() => wait([new Promise(() => {})]))).toMatchObject({
    code: 'ERR_COPPICE_WOULD_BLOCK_MAIN',
  });
  expect(thrownBy(() => wait([set], { signal: AbortSignal.abort() }))).toMatchObject({
    name: 'AbortError',
  });
});

test('what is no list of things to wait for', async () => {
  const invalid = { code: 'ERR_COPPICE_INVALID_ARGUMENT' };
  for (const wrong of [undefined, new Event(), new Queue(), 5, [5], [{}]] as never[]) {
    expect(thrownBy(() => wait(wrong))).toMatchObject(invalid);
    expect(thrownBy(() => asCompleted(wrong))).toMatchObject(invalid);
    // oxlint-disable-next-line no-await-in-loop -- one after the other is clearer when one fails
    expect(await rejection(waitAsync(wrong))).toMatchObject(invalid);
  }
  for (const count of [-1, Number.NaN, '1'] as never[])
    expect(thrownBy(() => wait([], { count }))).toMatchObject(invalid);
});

test('a promise that lives on is registered with once', async () => {
  const { promise: lasting, resolve } = deferred<number>();
  const then = vi.spyOn(lasting, 'then');
  for (let round = 0; round < 20; round++) {
    const either: CanWait[] = [lasting, new Semaphore(1)];
    // oxlint-disable-next-line no-await-in-loop -- again and again
    await waitAsync(either, { count: 1 });
  }
  expect(then).toHaveBeenCalledTimes(1);
  const waiting = waitAsync([lasting]);
  resolve(1);
  expect(await waiting).toEqual([lasting]);
  expect(await waitAsync([lasting])).toEqual([lasting]);
});

test('many wait with one signal: one listener, which goes with the last of them', async () => {
  const { signal } = new AbortController();
  const queue = new Queue();
  const all = Array.from({ length: 12 }, () => [
    queue.getAsync({ signal }),
    waitAsync([signal, queue], { count: 1 }),
  ]).flat();
  await delay(0);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (let item = 0; item < 13; item++) queue.put(item);
  await Promise.all(all);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('many wait with one signal, and no warning is printed', async () => {
  const { stderr, code } = await runProgram('sync/shared-signal.mjs');
  expect(stderr).toBe('');
  expect(code).toBe(0);
});
