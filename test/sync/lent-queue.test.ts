/** Queues whose state is lent to Workers: the same as ever, whoever comes, is killed or dies in the middle of it. */
import { channel } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { configure, Queue, wrap, type GreenThread } from 'coppice';
import { fixture, until } from '../support.ts';
import { drive } from './waiters.ts';

configure({ maxWorkers: 8 });
const jobs = wrap(fixture('sync/streams.js'));
const job = (name: string, ...args: unknown[]): GreenThread =>
  (jobs[name] as (...given: unknown[]) => GreenThread)(...args);
const counters = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

/** How many calls of queues the hub performs until it is asked. */
function countCalls(): () => number {
  let calls = 0;
  const count = (message: unknown): void => {
    if ((message as { name: string }).name.startsWith('Queue.')) calls++;
  };
  channel('coppice.call.start').subscribe(count);
  return () => {
    channel('coppice.call.start').unsubscribe(count);
    return calls;
  };
}

/** What lies in shared memory, what does not, and what is too large. */
function oneOfAllKinds(n: number): unknown {
  const kinds = [
    { n },
    { n, big: 'x'.repeat(1_000) },
    new Map([[n, n]]),
    `${n}`,
    undefined,
    -0,
    { n, at: new Date(n) },
  ];
  return kinds[n % kinds.length];
}

test('two Workers play ping-pong without the hub', async () => {
  const [a, b] = [new Queue(), new Queue()];
  const called = countCalls();
  await Promise.all([job('pingPong', a, b, 3_000, true), job('pingPong', b, a, 3_000, false)]);
  // How many naps are in vain depends on the machine; with a trip for each it would be 12000.
  expect(called()).toBeLessThan(6_000);
  expect(a.size + b.size).toBe(1);
});

test('in one Worker it is what it is at the hub', async () => {
  const queue = new Queue({ maxSize: 2 });
  for (let round = 0; round < 3; round++) {
    expect(await job('local', queue)).toEqual([
      undefined,
      true,
      true,
      false,
      2,
      'a',
      'a',
      'b',
      undefined,
      0,
      'ERR_COPPICE_OVER_RELEASE',
      true,
      true,
    ]);
    queue.taskDone();
    expect(queue.statistics()).toEqual({
      size: 0,
      maxSize: 2,
      closed: false,
      unfinished: 0,
      waitingToGet: 0,
      waitingToPut: 0,
    });
  }
});

test.each([[undefined], [1], [7]])(
  'items of all kinds keep their order, with room for %s',
  async (maxSize) => {
    const queue = new Queue({ maxSize });
    const total = 2_000;
    const consumer = job('consumeInOrder', queue, total);
    const items = Array.from({ length: total }, (_, n) => oneOfAllKinds(n));
    const producer = job('produceAll', queue, items);
    const watching = new AbortController();
    // Somebody who looks changes nothing.
    const watch = (async () => {
      while (!watching.signal.aborted) {
        void queue.size;
        if (Math.random() < 0.2) await queue.peekAsync({ timeout: 1 }).catch(() => {});
        await delay(1);
      }
    })();
    expect(await consumer).toEqual(items);
    await producer;
    watching.abort();
    await watch;
  },
);

test('a put that is not awaited keeps its place before what follows', async () => {
  const queue = new Queue<number>();
  await job('roundTrip', queue, [1, 2, 3]);
  await job('coroutinesFirst', queue, 200);
  await until(() => queue.size === 200);
  for (let n = 0; n < 200; n++) expect(queue.tryGet()).toBe(n);
});

test('what the hub puts and gets itself stays that very object', async () => {
  const queue = new Queue();
  await job('roundTrip', queue, [1, 2, 3]);
  const mine = { mine: true };
  queue.tryPut(mine);
  for (let n = 0; n < 10; n++) await job('putOne', queue, { n });
  expect(queue.tryGet()).toBe(mine);
  expect(queue.size).toBe(10);
});

test('first come, first served: a Worker that naps, then a coroutine, then a Worker', async () => {
  const queue = new Queue<number>();
  await job('roundTrip', queue, [1]);
  for (let round = 0; round < 30; round++) {
    const got = counters(2);
    const first = job('getOne', queue, got, 0);
    await until(() => queue.statistics().waitingToGet === 1);
    const second = queue.getAsync();
    const third = job('getOne', queue, got, 1);
    await until(() => queue.statistics().waitingToGet === 3);
    for (const item of [10, 20, 30]) await job('putOne', queue, item);
    await Promise.all([first, third]);
    expect([got[0], await second, got[1]]).toEqual([11, 20, 31]);
    await job('roundTrip', queue, [1, 2]);
  }
});

/** Kills and replaces threads at random until the work is over. */
async function disturb(
  starts: (() => GreenThread)[],
  over: () => boolean,
  kill: (thread: GreenThread) => Promise<unknown>,
): Promise<number> {
  const threads = starts.map((start) => start());
  const killed: Promise<unknown>[] = [];
  while (!over()) {
    await delay(Math.random() * 6);
    const index = Math.floor(Math.random() * threads.length);
    killed.push(kill(threads[index] as GreenThread));
    threads[index] = (starts[index] as () => GreenThread)();
  }
  await Promise.all([...killed, ...threads.map((thread) => thread.killAsync())]);
  return killed.length;
}

const patient = (thread: GreenThread): Promise<unknown> => thread.killAsync();

test.each([
  [undefined, 0],
  [4, 0],
  [1, 3],
])(
  'random kills at both ends: an item is had once if its put returned (room for %s)',
  async (maxSize, pause) => {
    const queue = new Queue({ maxSize });
    const total = 200_000;
    const [put, got] = [counters(total), counters(total)];
    let next = -1_000;
    const producer = () => job('produce', queue, put, (next += 1_000), pause);
    const consumer = () => job('consume', queue, got);
    const limit = Date.now() + 4_000;
    const kills = await disturb(
      [producer, producer, consumer, consumer],
      () => next > total - 5_000 || Date.now() > limit,
      patient,
    );
    expect(kills).toBeGreaterThan(5);
    for (let left = queue.tryGet(); left; left = queue.tryGet())
      Atomics.add(got, (left as { n: number }).n, 1);
    expect(got.findIndex((count, n) => count !== put[n])).toBe(-1);
    expect(queue.statistics()).toMatchObject({ size: 0, waitingToGet: 0, waitingToPut: 0 });
  },
);

test.each([[undefined], [2]])(
  'Workers that die in the middle of it hold nobody up (room for %s)',
  async (maxSize) => {
    const queue = new Queue({ maxSize });
    const total = 200_000;
    const [put, got] = [counters(total), counters(total)];
    let next = -1_000;
    const limit = Date.now() + 4_000;
    const kills = await disturb(
      [
        () => job('produce', queue, put, (next += 1_000), 5),
        () => job('consume', queue, got),
        () => job('consume', queue, got),
      ],
      () => next > total - 5_000 || Date.now() > limit,
      (thread) => thread.killAsync({ force: true, timeout: 0 }),
    );
    expect(kills).toBeGreaterThan(5);
    for (let left = queue.tryGet(); left; left = queue.tryGet())
      Atomics.add(got, (left as { n: number }).n, 1);
    // A put may have happened whose count did not; what a dying consumer had is gone with it.
    let lost = 0;
    for (const [n, count] of got.entries()) {
      expect(count).toBeLessThanOrEqual(1);
      lost += Math.max(0, (put[n] as number) - count);
    }
    expect(lost).toBeLessThanOrEqual(kills + 3);
    expect(await job('roundTrip', queue, [{ a: 1 }, 'b', 3])).toEqual([{ a: 1 }, 'b', 3]);
    expect(queue.statistics()).toMatchObject({ size: 0, waitingToGet: 0, waitingToPut: 0 });
  },
);

test('what was given to a Worker that died while it napped comes back, and first', async () => {
  const queue = new Queue<number>();
  await job('roundTrip', queue, [1, 2]);
  let died = 0;
  for (let round = 0; round < 20 || (died === 0 && round < 1_000); round++) {
    const got = counters(1);
    const napping = job('getOne', queue, got, 0);
    await until(() => queue.statistics().waitingToGet === 1);
    void napping.killAsync({ force: true, timeout: 0 });
    for (const item of [1, 2]) await job('putOne', queue, item);
    await until(() => queue.size === 2 || got[0] !== 0);
    const left = got[0] === 0 ? 2 : 1;
    expect(await job('consumeInOrder', queue, left)).toEqual([1, 2].slice(-left));
    died += left - 1;
  }
  expect(died).toBeGreaterThan(0);
});

test('a put that was given up and reaches the hub late does not take the turn of the one after it', async () => {
  const queue = new Queue<string>({ maxSize: 2 });
  const state = counters(1);
  const putting = job('giveUpThenNap', queue, state);
  await until(() => Atomics.load(state, 0) === 1);
  Atomics.store(state, 0, 2);
  Atomics.notify(state, 0);
  // In this turn the hub hears of nothing, until the Worker, in all likelihood, naps with its next item.
  Atomics.wait(state, 0, 2);
  const busyUntil = performance.now() + 2;
  while (performance.now() < busyUntil);
  const got: string[] = [];
  for (let n = 0; n < 3; n++) got.push(await queue.getAsync({ timeout: 10_000 }));
  await putting;
  expect(got).toEqual(['first', 'second', 'last']);
});

/** A method as a fiber calls it. */
function* twinCall(
  queue: Queue<number>,
  method: 'get' | 'put',
  ...args: unknown[]
): Generator<any> {
  const twins = queue[method] as unknown as Record<symbol, (...given: unknown[]) => Generator>;
  return yield* (twins[Symbol.for('coppice.twin')] as (...given: unknown[]) => Generator).apply(
    queue,
    args,
  );
}

const timedOut = (error: unknown): boolean =>
  (error as { code?: string }).code === 'ERR_COPPICE_TIMEOUT';
const closed = (error: unknown): boolean =>
  (error as { code?: string }).code === 'ERR_COPPICE_CLOSED';

test.each([
  [1, 1, 1],
  [2, 2, 1],
  [3, 1, 1],
  [3, 2, 2],
  [undefined, 2, 2],
])(
  'every put that returned arrives once, with and without limits (room for %s, %s putters, %s getters in Workers)',
  async (maxSize, putters, getters) => {
    const queue = new Queue<number>({ maxSize });
    const over = counters(1);
    const put: number[] = [];
    const got: number[] = [];
    const workersPut = Array.from({ length: putters }, (_, n) =>
      job('putMixed', queue, n * 1_000_000, over),
    );
    const workersGet = Array.from({ length: getters }, (_, n) => job('getMixed', queue, 2 + n));
    const limits = (n: number) => (n % 3 === 0 ? { timeout: 2 } : undefined);
    const coroutinePuts = async (): Promise<void> => {
      for (let n = 10_000_000; Atomics.load(over, 0) === 0; n++) {
        try {
          await queue.putAsync(n, limits(n));
          put.push(n);
        } catch (error) {
          if (!timedOut(error)) throw error;
        }
        await delay(Math.random() * 3);
      }
    };
    const coroutineGets = async (): Promise<void> => {
      for (let n = 0; ; n++) {
        try {
          got.push(await queue.getAsync(limits(n)));
        } catch (error) {
          if (closed(error)) return;
          if (!timedOut(error)) throw error;
        }
        await delay(Math.random() * 10);
      }
    };
    function* fiberPuts(): Generator<any> {
      for (let n = 20_000_000; Atomics.load(over, 0) === 0; n++) {
        try {
          yield* twinCall(queue, 'put', n, limits(n));
          put.push(n);
        } catch (error) {
          if (!timedOut(error)) throw error;
        }
        yield* twinCall(pace, 'get');
      }
    }
    function* fiberGets(): Generator<any> {
      for (let n = 0; ; n++) {
        try {
          got.push((yield* twinCall(queue, 'get', limits(n))) as number);
        } catch (error) {
          if (closed(error)) return;
          if (!timedOut(error)) throw error;
        }
        yield* twinCall(pace, 'get');
      }
    }
    /** What lets the fibers go on. */
    const pace = new Queue<number>();
    const pacing = setInterval(() => pace.tryPut(0), 2);
    const fibers = [fiberPuts(), fiberGets()].map(
      (generator) => new Promise((resolve) => drive(generator, resolve, queueMicrotask)),
    );
    // Now and then the hub is busy for longer than the limits, so that what was given up comes to it late.
    const busy = setInterval(() => Atomics.wait(counters(1), 0, 0, Math.random() * 6), 3);
    const coroutines = [coroutinePuts(), coroutineGets()];
    await delay(1_200);
    Atomics.store(over, 0, 1);
    clearInterval(busy);
    for (const values of await Promise.all(workersPut)) put.push(...(values as number[]));
    await coroutines[0];
    await until(() => queue.statistics().waitingToPut === 0);
    queue.shutdown();
    for (const values of await Promise.all(workersGet)) got.push(...(values as number[]));
    await coroutines[1];
    await Promise.all(fibers);
    clearInterval(pacing);
    for (let item = queue.tryGet(); item !== undefined; item = queue.tryGet()) got.push(item);
    const inOrder = (items: number[]) => items.toSorted((a, b) => a - b);
    expect(inOrder(got)).toEqual(inOrder(put));
    expect(put.length).toBeGreaterThan(100);
  },
);
