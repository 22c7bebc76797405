/** `joinAll` of more than green threads; of those alone see test/hub/many-threads.test.ts. */
import { expect, test } from 'vitest';
import {
  AsyncResult,
  Event,
  joinAll,
  joinAllAsync,
  Semaphore,
  wrap,
  type CanWait,
  type JoinAllOptions,
  type Wait,
} from 'coppice';
import { deferred, fixture, rejection, thrownBy } from '../support.ts';
import { drive } from './waiters.ts';

const jobs = wrap(fixture('jobs.mjs'));
const joins = wrap(fixture('sync/joins.js'));
const TWIN = Symbol.for('coppice.twin');

function onFiber(objects: readonly CanWait[], options?: JoinAllOptions): Promise<unknown> {
  const twin = (joinAll as never)[TWIN] as (...given: unknown[]) => Generator<Wait<unknown>>;
  return new Promise((resolve) => drive(twin(objects, options), resolve));
}

const WAYS = [
  ['awaited', joinAllAsync],
  ['in a fiber', onFiber],
] as [string, typeof joinAllAsync][];

test.each(WAYS)('a thread, a promise, an event and a signal, %s', async (_way, join) => {
  const thread = jobs['identity']!(1);
  const promise = deferred<void>();
  const event = new Event();
  const controller = new AbortController();
  await thread.joinAsync();
  const joined = join<CanWait>([event, promise.promise, controller.signal, thread]);
  event.set();
  await event.waitAsync();
  controller.abort();
  promise.resolve();
  const ended = await joined;
  expect(ended).toHaveLength(4);
  expect(new Set(ended)).toEqual(
    new Set([thread, event, controller.signal, promise.promise] as CanWait[]),
  );
});

test.each(WAYS)(
  'errors are passed over, unless throwOnError throws the first, %s',
  async (way, join) => {
    const error = new RangeError('no');
    const of = (call: Promise<unknown>) => (way === 'awaited' ? rejection(call) : call);
    const free = new Semaphore(1);
    const failed = new AsyncResult();
    failed.setError(error);
    const bad = (): Promise<never> => Promise.reject(error);
    const thread = jobs['throwIt']!('type');
    for (const objects of [
      [free, failed],
      [free, bad()],
      [free, thread],
      [free, AbortSignal.abort()],
    ])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await join<CanWait>(objects)).toEqual(objects);
    const strict = { throwOnError: true };
    const messageOf = async (call: Promise<unknown>): Promise<unknown> => {
      const got = await of(call);
      return got instanceof Error ? got.message : got;
    };
    expect(await messageOf(join<CanWait>([free, failed], strict))).toBe('no');
    expect(await messageOf(join<CanWait>([new Event(), bad()], strict))).toBe('no');
    expect(await of(join<CanWait>([new Event(), thread], strict))).toMatchObject(
      way === 'awaited' ? { name: 'TypeError' } : {},
    );
    expect(await join<CanWait>([free, AbortSignal.abort()], strict)).toHaveLength(2);
  },
);

test.each(WAYS)('count and timeout end it with what is done, %s', async (_way, join) => {
  const free = new Semaphore(1);
  const never = new Promise(() => {});
  for (const throwOnError of [false, true]) {
    const of = (options: JoinAllOptions) =>
      join<CanWait>([never, free, new Event()], { throwOnError, ...options });
    // oxlint-disable no-await-in-loop -- one after the other
    expect(await of({ count: 1 })).toEqual([free]);
    expect(await of({ count: 0 })).toEqual([]);
    expect(await of({ timeout: 5 })).toEqual([free]);
    expect(await join<CanWait>([free, free, free], { throwOnError })).toEqual([free]);
    // oxlint-enable no-await-in-loop
  }
  expect(free.statistics().waiting).toBe(0);
});

test('a signal withdraws it', async () => {
  const event = new Event();
  const controller = new AbortController();
  const { signal } = controller;
  const waits = [false, true].map((throwOnError) =>
    rejection(joinAllAsync([event, Promise.resolve()], { signal, throwOnError })),
  );
  const reason = new Error('enough');
  controller.abort(reason);
  expect(await Promise.all(waits)).toEqual([reason, reason]);
  expect(event.statistics().waiting).toBe(0);
});

test('in a Worker', async () => {
  const thread = jobs['identity']!(1);
  const bad = jobs['throwIt']!('type');
  const set = new Event();
  set.set();
  expect(await joins['parked']!(thread, bad, set)).toEqual([
    ['GreenThread', 'Event'],
    ['Event', 'Promise'],
    'TypeError',
    'ERR_COPPICE_WOULD_BLOCK_WORKER',
    'ERR_COPPICE_WOULD_BLOCK_WORKER',
  ]);
  expect(await joins['awaited']!(thread, bad, set)).toEqual([3, 'no', 'TypeError']);
});

test('plain code on the main thread, where it need not wait', async () => {
  const free = new Semaphore(1);
  const settled = Promise.resolve();
  expect(joinAll<CanWait>([free, settled])).toEqual([free, settled]);
  expect(thrownBy(() => joinAll([new Event()]))).toMatchObject({
    code: 'ERR_COPPICE_WOULD_BLOCK_MAIN',
  });
  const rejected = Promise.reject(new Error('which nobody can tell yet'));
  expect(thrownBy(() => joinAll([rejected], { throwOnError: true }))).toMatchObject({
    code: 'ERR_COPPICE_WOULD_BLOCK_MAIN',
  });
  await rejection(rejected);
});
