/** What was given to Workers that died before they took it comes back in the order in which it was given. */
import { expect, test } from 'vitest';
import {
  Channel,
  Event,
  GreenThread,
  killAllAsync,
  Queue,
  runInfoAsync,
} from '../../dist/index.js';
import { fixture, until } from '../support.ts';

const job = fixture('sync/gets-and-spins.mjs');

/** The thread comes in an object, since awaiting a thread would wait for its end. */
async function start(
  source: object,
  count: number,
  method: string,
): Promise<{ readonly thread: GreenThread }> {
  const busy = new Int32Array(new SharedArrayBuffer(4));
  const thread = new GreenThread(job, { args: [source, count, method, busy] });
  thread.start();
  await until(() => Atomics.load(busy, 0) === 1);
  return { thread };
}

async function waiting(queue: Queue, count: number): Promise<void> {
  await until(() => queue.statistics().waitingToGet === count);
}

const force = { force: true, timeout: 0 };
const items = (queue: Queue): unknown[] => Array.from({ length: queue.size }, () => queue.tryGet());

test('several results of one Worker', async () => {
  const queue = new Queue();
  const { thread } = await start(queue, 4, 'getAsync');
  await waiting(queue, 4);
  for (let n = 0; n < 8; n++) queue.put(n);
  await thread.killAsync(force);
  await until(() => queue.size === 8);
  expect(items(queue)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('results of several Workers, whichever dies first', async () => {
  const queue = new Queue();
  const threads: GreenThread[] = [];
  for (let n = 0; n < 6; n++) {
    // oxlint-disable-next-line no-await-in-loop -- they are to stand in line in this order
    const { thread } = await start(queue, 2, 'getAsync');
    threads.push(thread);
    // oxlint-disable-next-line no-await-in-loop
    await waiting(queue, 2 * (n + 1));
  }
  for (let n = 0; n < 15; n++) queue.put({ n });
  await killAllAsync(threads.toReversed(), force);
  await until(() => queue.size === 15);
  expect(items(queue)).toEqual(Array.from({ length: 15 }, (_, n) => ({ n })));
});

test('what came back is given out again and comes back again', async () => {
  const queue = new Queue();
  for (let round = 0; round < 2; round++) {
    // oxlint-disable-next-line no-await-in-loop
    const started = [await start(queue, 2, 'getAsync'), await start(queue, 1, 'getAsync')];
    if (round === 0) {
      // oxlint-disable-next-line no-await-in-loop
      await waiting(queue, 3);
      for (let n = 0; n < 5; n++) queue.put(n);
    }
    // oxlint-disable-next-line no-await-in-loop
    await until(() => queue.size === 2);
    // oxlint-disable-next-line no-await-in-loop
    await killAllAsync(
      started.map(({ thread }) => thread),
      force,
    );
    // oxlint-disable-next-line no-await-in-loop
    await until(() => queue.size === 5);
  }
  expect(items(queue)).toEqual([0, 1, 2, 3, 4]);
});

test('one who waits gets the first of them, and the rest stay in order', async () => {
  const queue = new Queue();
  const { thread } = await start(queue, 3, 'getAsync');
  await waiting(queue, 3);
  for (let n = 0; n < 3; n++) queue.put(n);
  const next = queue.getAsync();
  await thread.killAsync(force);
  expect(await next).toBe(0);
  await until(() => queue.size === 2);
  expect(items(queue)).toEqual([1, 2]);
});

test('what reached a parked Worker, but not its async code', async () => {
  const [queue, event] = [new Queue(), new Event()];
  const parked = new Int32Array(new SharedArrayBuffer(4));
  const thread = new GreenThread(job, {
    exportName: 'parks',
    args: [queue, 3, 'getAsync', parked, event],
  });
  thread.start();
  await waiting(queue, 3);
  await until(() => event.statistics().waiting === 1);
  for (let n = 0; n < 5; n++) queue.put(n);
  // It has looked at what came when it answers.
  expect(await runInfoAsync()).toContain('parks');
  await thread.killAsync(force);
  await until(() => queue.size === 5);
  expect(items(queue)).toEqual([0, 1, 2, 3, 4]);
});

test('values of a Channel', async () => {
  const channel = new Channel();
  const { thread } = await start(channel, 3, 'receiveAsync');
  for (let n = 0; n < 3; n++) await channel.sendAsync(n);
  await thread.killAsync(force);
  const got: unknown[] = [];
  for (let n = 0; n < 3; n++) got.push(await channel.receiveAsync({ timeout: 10_000 }));
  expect(got).toEqual([0, 1, 2]);
});
