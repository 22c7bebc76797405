/** Primitives in worker green threads: the same objects, and nothing lost when waiters are killed. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  Channel,
  Event,
  GreenThread,
  Lock,
  Queue,
  Semaphore,
  spawn,
  wrap,
  configure,
} from 'coppice';
import { fixture, until } from '../support.ts';

const actor = fixture('sync/actor.js');
const consumer = fixture('sync/consumer.js');
const jobs = wrap(consumer);
const job = (name: string, ...args: unknown[]): GreenThread =>
  (jobs[name] as (...given: unknown[]) => GreenThread)(...args);

test('one object is the same object in a Worker, however it comes there', async () => {
  const queue = new Queue();
  const lock = new Lock();
  queue.tryPut(lock);
  expect(await job('same', lock, lock, queue)).toBe(true);
  const { object } = (await job('giveBack', lock)) as { object: Lock };
  expect(object).toBe(lock);
});

test('methods in a Worker act on the object of the hub', async () => {
  const queue = new Queue({ maxSize: 2 });
  const lock = new Lock();
  const event = new Event();
  const thread = spawn(
    actor,
    [
      ['event', 'wait'],
      ['lock', 'acquire'],
      ['queue', 'put', 'a'],
      ['queue', 'size'],
      ['queue', 'tryPut', 'b'],
      ['queue', 'tryPut', 'c'],
      ['lock', 'release'],
      ['lock', 'release'],
      ['queue', 'get', { timeout: 10_000 }],
    ],
    { queue, lock, event },
  );
  await until(() => event.statistics().waiting === 1);
  event.set();
  expect(await thread).toEqual([
    true,
    true,
    undefined,
    1,
    true,
    false,
    undefined,
    'ERR_COPPICE_NOT_OWNER',
    'a',
  ]);
});

test('a timeout of acquire gives false, of get a Timeout', async () => {
  const lock = new Lock();
  await lock.acquireAsync();
  const seen = await spawn(
    actor,
    [
      ['lock', 'acquire', { timeout: 5 }],
      ['queue', 'get', { timeout: 5 }],
    ],
    { lock, queue: new Queue() },
  );
  expect(seen).toEqual([false, 'ERR_COPPICE_TIMEOUT']);
  expect(lock.statistics().waiting).toBe(0);
});

test('made in a Worker, they work there and everywhere', async () => {
  const url = new URL(consumer);
  configure({ maxWorkers: 8 });
  const inner = new URL('./fixtures/sync/square.js', new URL('../', import.meta.url));
  void url;
  expect(await job('usesMany', inner.href)).toEqual({
    mapped: [1, 4, 9],
    lazily: [16, 25, 36],
    anyhow: [49, 64],
    ready: true,
    chosen: { index: 0, value: 'x', closed: false },
    held: true,
    after: false,
    notified: false,
    isLock: true,
  });
});

test('a lock excludes: no count is lost', async () => {
  const lock = new Lock();
  const counter = new Queue<number>();
  counter.put(0);
  const threads = Array.from({ length: 4 }, () => job('lockLoop', lock, counter, 50));
  await Promise.all(threads);
  expect(counter.tryGet()).toBe(200);
  expect(lock.statistics()).toEqual({ locked: false, owner: undefined, depth: 0, waiting: 0 });
});

/** Kills and replaces threads at random until the work is over. */
async function killAtRandom(
  start: () => GreenThread,
  over: () => boolean,
  count = 4,
): Promise<number> {
  const threads = Array.from({ length: count }, start);
  const killed: Promise<void>[] = [];
  while (!over()) {
    const index = Math.floor(Math.random() * threads.length);
    await delay(Math.random() * 3);
    killed.push((threads[index] as GreenThread).killAsync());
    threads[index] = start();
  }
  await Promise.all([...killed, ...threads.map((thread) => thread.killAsync())]);
  return killed.length;
}

const counters = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

test('hundreds of random kills of getters: every item is had exactly once', async () => {
  const queue = new Queue<number>();
  const total = 1_000;
  const counts = counters(total);
  let put = 0;
  const kills = await killAtRandom(
    () => job('takeItems', queue, counts),
    () => {
      for (let i = 0; i < 8 && put < total; i++) queue.put(put++);
      return put === total && queue.size === 0;
    },
  );
  expect(kills).toBeGreaterThan(100);
  expect([...counts].every((count) => count === 1)).toBe(true);
  expect(queue.statistics().waitingToGet).toBe(0);
});

test('hundreds of random kills of putters: an item is in exactly if put returned', async () => {
  const queue = new Queue<number>({ maxSize: 3 });
  const total = 20_000;
  const counts = counters(total);
  const got = counters(total);
  let next = 0;
  let done = false;
  const drain = (async () => {
    for await (const item of queue) {
      Atomics.add(got, item, 1);
      await delay(0);
    }
  })();
  const kills = await killAtRandom(
    () => job('putItems', queue, counts, (next += 50), total),
    () => done || next >= total - 50,
  );
  done = true;
  queue.shutdown();
  await drain;
  expect(kills).toBeGreaterThan(100);
  expect([...got]).toEqual([...counts]);
  expect(queue.statistics().waitingToPut).toBe(0);
});

test('hundreds of random kills while waiting for permits lose none', async () => {
  const semaphore = new Semaphore(0);
  const counts = counters(1);
  let released = 0;
  const kills = await killAtRandom(
    () => job('takePermits', semaphore, counts),
    () => {
      semaphore.release(2);
      return (released += 2) >= 600;
    },
  );
  expect(kills).toBeGreaterThan(100);
  expect(Atomics.load(counts, 0) + semaphore.value).toBe(released);
  expect(semaphore.statistics().waiting).toBe(0);
});

test('random kills of coroutines in Workers lose and double nothing', async () => {
  const from = new Queue<number>();
  const to = new Queue<number>();
  for (let i = 0; i < 500; i++) from.put(i);
  const kills = await killAtRandom(
    () => job('asyncConsumer', from, to),
    () => from.size === 0,
  );
  const received: number[] = [];
  for (let item = to.tryGet(); item !== undefined; item = to.tryGet()) received.push(item);
  expect(new Set(received).size).toBe(received.length);
  // One that is killed between its get and its put has the item.
  expect(500 - received.length).toBeLessThanOrEqual(kills + 4);
});

test('a lock held in `with` is released by a kill', async () => {
  const lock = new Lock();
  const entered = new Channel();
  const thread = job('holdAndDie', lock, entered);
  await until(() => entered.statistics().waitingToSend === 1);
  expect(lock.locked).toBe(true);
  await thread.killAsync();
  expect(lock.locked).toBe(false);
  expect(entered.statistics().waitingToSend).toBe(0);
});

describe.each([
  ['Lock', () => new Lock(), 'acquireAsync', 'waiting'],
  ['Semaphore', () => new Semaphore(0), 'acquireAsync', 'waiting'],
  ['Queue', () => new Queue(), 'getAsync', 'waitingToGet'],
])('what a %s handed over to a coroutine in a Worker', (_name, make, method, waiting) => {
  async function handOverTo(
    name: string,
  ): Promise<{ thread: GreenThread; next: Promise<unknown>; word: Int32Array }> {
    const object = make();
    if (object instanceof Lock) object.tryAcquire();
    const word = new Int32Array(new SharedArrayBuffer(4));
    const thread = job(name, object, method, word);
    await until(() => (object.statistics() as unknown as Record<string, number>)[waiting] === 1);
    const next = object instanceof Queue ? object.getAsync() : object.acquireAsync();
    if (object instanceof Queue) object.tryPut('item');
    else object.release();
    return { thread, next: next.then((got) => got === true || got === 'item'), word };
  }

  test('that is terminated before it took it goes to the next', async () => {
    const { thread, next } = await handOverTo('waitAndSpin');
    void thread.killAsync({ force: true, timeout: 0 });
    expect(await next).toBe(true);
  });

  test('whose run ends before it took it goes to the next', async () => {
    const { thread, next, word } = await handOverTo('waitAndEnd');
    Atomics.store(word, 0, 1);
    Atomics.notify(word, 0);
    await thread;
    expect(await next).toBe(true);
  });
});
