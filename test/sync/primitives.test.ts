/** What each primitive promises, as coroutines of the main program see it. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  asCompletedAsync,
  AsyncResult,
  Barrier,
  BoundedSemaphore,
  Channel,
  Condition,
  Event,
  Group,
  joinAllAsync,
  Lock,
  Pool,
  PriorityQueue,
  Queue,
  RLock,
  RWLock,
  select,
  selectAsync,
  Semaphore,
  spawn,
  useClock,
  VirtualClock,
  waitAsync,
  wrap,
} from 'coppice';
import { fixture, rejection, thrownBy, until } from '../support.ts';
import { settle } from './waiters.ts';

const square = fixture('sync/square.js');
const code = (error: unknown): unknown => (error as { code?: string }).code;

test('an Event wakes its waiters even if it is cleared again', async () => {
  const event = new Event();
  const waiting = event.waitAsync();
  event.set();
  event.clear();
  expect(await waiting).toBe(true);
  expect(event.isSet).toBe(false);
});

test('plain code may do what need not wait, and is told what to await otherwise', () => {
  const semaphore = new Semaphore(1);
  expect(semaphore.acquire()).toBe(true);
  expect(code(thrownBy(() => semaphore.acquire()))).toBe('ERR_COPPICE_WOULD_BLOCK_MAIN');
  const queue = new Queue();
  queue.put(1);
  expect(queue.get()).toBe(1);
  expect(code(thrownBy(() => queue.get()))).toBe('ERR_COPPICE_WOULD_BLOCK_MAIN');
});

test('timeouts answer at their time, and leave nothing behind', async () => {
  const clock = new VirtualClock();
  using _ = useClock(clock);
  const lock = new Lock();
  await lock.acquireAsync();
  const second = lock.acquireAsync({ timeout: 1_000 });
  const get = rejection(new Queue().getAsync({ timeout: 500 }));
  await settle();
  clock.advance(500);
  expect(code(await get)).toBe('ERR_COPPICE_TIMEOUT');
  clock.advance(500);
  expect(await second).toBe(false);
  expect(lock.statistics().waiting).toBe(0);
  expect(clock.pending).toBe(0);
});

test('over-release is an error of a bounded semaphore only', () => {
  const semaphore = new Semaphore(1);
  semaphore.release();
  expect(semaphore.value).toBe(2);
  expect(code(thrownBy(() => new BoundedSemaphore(1).release()))).toBe('ERR_COPPICE_OVER_RELEASE');
});

test('with and hold release, whatever happens', async () => {
  const lock = new Lock();
  expect(lock.with(() => lock.locked)).toBe(true);
  expect(
    thrownBy(() =>
      lock.with(() => {
        throw new RangeError('in it');
      }),
    ),
  ).toBeInstanceOf(RangeError);
  expect(await lock.withAsync(async () => (await delay(1), lock.locked))).toBe(true);
  {
    using _ = lock.hold();
    expect(lock.locked).toBe(true);
    const error = await rejection(lock.holdAsync({ timeout: 1 }));
    expect(code(error)).toBe('ERR_COPPICE_TIMEOUT');
  }
  expect(lock.locked).toBe(false);
});

test('an RLock counts', () => {
  const lock = new RLock();
  lock.with(() => lock.with(() => expect(lock.statistics().depth).toBe(2)));
  expect(lock.locked).toBe(false);
});

test('a Condition gives the lock up, and gives it back also after a timeout', async () => {
  const condition = new Condition();
  const log: string[] = [];
  const waiter = condition.withAsync(async () => {
    log.push('waits');
    await condition.waitAsync();
    log.push(`woken, ${condition.lock.locked ? 'locked' : 'not locked'}`);
  });
  await until(() => condition.statistics().waiting === 1);
  await condition.withAsync(() => {
    condition.notify();
    log.push('notified');
  });
  await waiter;
  expect(log).toEqual(['waits', 'notified', 'woken, locked']);
  await condition.withAsync(async () => {
    expect(await condition.waitAsync({ timeout: 1 })).toBe(false);
    expect(condition.lock.locked).toBe(true);
    const controller = new AbortController();
    const aborted = rejection(condition.waitAsync({ signal: controller.signal }));
    await settle();
    controller.abort(new Error('stop'));
    expect(((await aborted) as Error).message).toBe('stop');
    expect(condition.lock.locked).toBe(true);
  });
  expect(condition.lock.locked).toBe(false);
});

test('an AsyncResult gives its value or throws its error, and can be a link', async () => {
  const result = new AsyncResult<number>();
  const waiting = result.getAsync();
  result.set(7);
  expect(await waiting).toBe(7);
  const failed = new AsyncResult();
  failed.setError(new TypeError('no'));
  expect(await rejection(failed.getAsync())).toBeInstanceOf(TypeError);
  const linked = new AsyncResult();
  spawn(square, 5).link(linked);
  expect(await linked.getAsync()).toBe(25);
});

test('a Barrier that is aborted fails those who wait and those who come', async () => {
  const barrier = new Barrier(2);
  const waiting = rejection(barrier.waitAsync());
  barrier.abort();
  expect(code(await waiting)).toBe('ERR_COPPICE_BROKEN_BARRIER');
  expect(code(await rejection(barrier.waitAsync()))).toBe('ERR_COPPICE_BROKEN_BARRIER');
  barrier.reset();
  expect(await Promise.all([barrier.waitAsync(), barrier.waitAsync()])).toEqual([0, 1]);
});

test('a Queue counts what is to be done, and ends its iterators', async () => {
  const queue = new Queue<number>();
  for (const item of [1, 2, 3]) queue.put(item);
  const joined = queue.joinAsync();
  const seen: number[] = [];
  const reader = (async () => {
    for await (const item of queue) {
      seen.push(item);
      queue.taskDone();
    }
  })();
  await joined;
  queue.shutdown();
  await reader;
  expect(seen).toEqual([1, 2, 3]);
  expect(code(thrownBy(() => queue.put(4)))).toBe('ERR_COPPICE_CLOSED');
  expect(code(thrownBy(() => queue.taskDone()))).toBe('ERR_COPPICE_OVER_RELEASE');
});

test('a Channel hands over, and its close ends all', async () => {
  const channel = new Channel<number>();
  const sender = (async () => {
    for (let i = 0; i < 3; i++) await channel.sendAsync(i);
    channel.close();
  })();
  const seen: number[] = [];
  for await (const value of channel) seen.push(value);
  await sender;
  expect(seen).toEqual([0, 1, 2]);
  expect(code(await rejection(channel.sendAsync(9)))).toBe('ERR_COPPICE_CLOSED');
});

test('select does exactly one case', async () => {
  const channel = new Channel();
  const queue = new Queue({ maxSize: 1 });
  const chosen = selectAsync([{ receive: channel }, { get: queue }, { send: channel, value: 1 }]);
  await settle();
  queue.put('item');
  expect(await chosen).toEqual({ index: 1, value: 'item', closed: false });
  expect(channel.statistics()).toMatchObject({ waitingToSend: 0, waitingToReceive: 0 });
  expect((await selectAsync([{ get: queue }], { immediate: true })).index).toBe(-1);
  expect((await selectAsync([{ get: queue }, { after: 1 }])).index).toBe(1);
  const sending = channel.sendAsync('sent');
  const both = await selectAsync([{ receive: channel }, { put: queue, value: 'p' }]);
  const left = both.index === 0 ? both.value : channel.receive();
  expect(left).toBe('sent');
  await sending;
  channel.close();
  expect(await selectAsync([{ receive: channel }])).toEqual({
    index: 0,
    value: undefined,
    closed: true,
  });
});

test('wait mixes everything that can become ready', async () => {
  const event = new Event();
  const queue = new Queue();
  const thread = spawn(square, 3);
  const promise = delay(1);
  const controller = new AbortController();
  const all = waitAsync([event, queue, thread, promise, controller.signal]);
  controller.abort();
  queue.put(1);
  setTimeout(() => event.set(), 5);
  expect(new Set(await all).size).toBe(5);
  const [first] = await waitAsync([new Event(), queue], { count: 1 });
  expect(first).toBe(queue);
  expect(await waitAsync([new Event()], { timeout: 1 })).toEqual([]);
  const order: unknown[] = [];
  for await (const object of asCompletedAsync([queue, thread])) order.push(object);
  expect(order[0] === queue && order[1] === thread && order.length === 2).toBe(true);
});

test('a Pool runs so many at once and gives values in order, or as they come', async () => {
  const pool = new Pool(2);
  expect(await pool.mapAsync(square, [1, 2, 3, 4])).toEqual([1, 4, 9, 16]);
  const lazily: number[] = [];
  for await (const value of pool.imapAsync<number>(square, [1, 2, 3], { maxPending: 2 }))
    lazily.push(value);
  expect(lazily).toEqual([1, 4, 9]);
  const anyhow: number[] = [];
  for await (const value of pool.imapUnorderedAsync<number>(square, [1, 2, 3])) anyhow.push(value);
  expect(anyhow.toSorted((a, b) => a - b)).toEqual([1, 4, 9]);
  expect(await pool.applyAsync(square, [6])).toBe(36);
  expect(pool.statistics()).toEqual({ threads: 0, free: 2, waitingToSpawn: 0 });
});

test('a full Pool makes spawners wait; a Group is joined and killed together', async () => {
  const actor = fixture('sync/actor.js');
  const event = new Event();
  const pool = new Pool(1);
  pool.spawn(actor, [['event', 'wait']], { event });
  const second = pool.spawnAsync(square, 2);
  await settle();
  expect(pool.statistics()).toMatchObject({ threads: 1, waitingToSpawn: 1 });
  event.set();
  expect(await (await second).thread).toBe(4);
  const group = new Group();
  for (let i = 0; i < 3; i++) group.spawn(actor, [['event', 'wait']], { event: new Event() });
  expect(group.size).toBe(3);
  expect([...group]).toEqual(group.threads);
  expect(await joinAllAsync(group, { timeout: 5 })).toEqual([]);
  expect(await joinAllAsync(new Set(group), { timeout: 5, count: 1 })).toEqual([]);
  expect(await group.joinAsync({ timeout: 5 })).toBe(false);
  await group.killAsync();
  expect(await group.joinAsync()).toBe(true);
});

test('statistics are a frozen snapshot', () => {
  for (const each of [
    new Lock(),
    new Queue(),
    new Event(),
    new Barrier(2),
    new Channel(),
    new Pool(1),
  ]) {
    const snapshot = each.statistics();
    expect(Object.isFrozen(snapshot)).toBe(true);
  }
});

test('an order that throws refuses the item, whoever puts it', async () => {
  const compare = (a: number, b: number): number => {
    if (a === 13 || b === 13) throw new Error('unlucky');
    return a - b;
  };
  const queue = new PriorityQueue<number>({ compare, maxSize: 3 });
  queue.put(2);
  queue.put(1);
  const unlucky = { message: 'unlucky' };
  expect(thrownBy(() => queue.put(13))).toMatchObject(unlucky);
  expect(thrownBy(() => queue.tryPut(13))).toMatchObject(unlucky);
  await expect(queue.putAsync(13)).rejects.toMatchObject(unlucky);
  expect(thrownBy(() => select([{ put: queue, value: 13 }]))).toMatchObject(unlucky);
  expect(queue.statistics()).toMatchObject({ size: 2, unfinished: 2 });
  queue.put(3);
  const waiting = queue.putAsync(13);
  const after = queue.putAsync(4);
  expect(queue.get()).toBe(1);
  await expect(waiting).rejects.toMatchObject(unlucky);
  await after;
  expect([queue.get(), queue.get(), queue.get()]).toEqual([2, 3, 4]);
  expect(queue.statistics()).toMatchObject({ size: 0, unfinished: 4, waitingToPut: 0 });
});

test('a link that throws harms neither the others nor whoever set the result', async () => {
  const result = new AsyncResult<number>();
  const called: unknown[] = [];
  const uncaught = new Promise<unknown>((resolve) => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      for (const other of others) process.on('uncaughtException', other);
      resolve(error);
    });
  });
  const thrown = new Error('in a link');
  result.link(() => called.push(1));
  result.link(() => {
    throw thrown;
  });
  result.link(() => called.push(2));
  result.set(5);
  expect(called).toEqual([1, 2]);
  expect(await uncaught).toBe(thrown);
});

test('an AsyncResult as the link of another, in a chain of any length', async () => {
  const chain = Array.from({ length: 30_000 }, () => new AsyncResult<number>());
  for (const [index, result] of chain.entries()) {
    const next = chain[index + 1];
    if (next && index % 2 === 0) result.link(next);
    else if (next) result.link((ended) => next.set(ended.get() + 1));
  }
  chain[0]!.set(0);
  expect(await chain.at(-1)!.getAsync()).toBe(14_999);
  const failed = new AsyncResult();
  const copy = new AsyncResult();
  failed.link(copy);
  failed.setError(new Error('copied'));
  expect(thrownBy(() => copy.get())).toMatchObject({ message: 'copied' });
  expect(thrownBy(() => failed.link(5 as never))).toMatchObject({
    code: 'ERR_COPPICE_INVALID_ARGUMENT',
  });
});

test('with() holds until an async function is done, in plain code and in a Worker', async () => {
  const url = fixture('sync/holds.mjs');
  const held = [true, true, 'done', false, true, 'in with()', false, true, false];
  const seen = await (
    (await import(url.href)) as { holdAsync(lock: Lock): Promise<unknown> }
  ).holdAsync(new Lock());
  // The function's own look comes after the one beside it.
  expect(seen).toEqual(held);
  for (const lock of [new Lock(), new RLock(), new Condition().lock])
    // oxlint-disable-next-line no-await-in-loop -- one after the other is clearer when one fails
    expect(await wrap(url)['holdAsync']!(lock)).toEqual(held);
  const rw = new RWLock();
  const writing = rw.withWrite(async () => {
    await delay(1);
    return rw.statistics().writer;
  });
  expect(rw.statistics().writer).toBeDefined();
  expect(await writing).toBeDefined();
  expect(rw.statistics().writer).toBeUndefined();
});
