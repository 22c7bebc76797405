/** `imap` works ahead of who asks for its values, as far as it may. */
import { describe, expect, test } from 'vitest';
import { Event, Group, Pool, Queue, wrap, type GreenThread } from '../../dist/index.js';
import { fixture, rejection, runProgram, until } from '../support.ts';

const tells = fixture('sync/tells.mjs');

async function begun(queue: Queue, count: number): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let n = 0; n < count; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    all.push(await queue.getAsync());
  }
  return all;
}

const itemsOf = (queue: Queue, numbers: readonly number[]) =>
  numbers.map((n) => [queue, n] as const);

test.each([
  ['imapAsync', new Pool(2)],
  ['imapUnorderedAsync', new Pool(2)],
  ['imapAsync', new Group()],
] as const)('%s begins all before anybody asks', async (name, group) => {
  const queue = new Queue();
  const values = group[name]<number>(tells, itemsOf(queue, [1, 2, 3, 4, 5]));
  expect((await begun(queue, 5)).sort()).toEqual([1, 2, 3, 4, 5]);
  const got: number[] = [];
  for await (const value of values) got.push(value);
  expect(name === 'imapAsync' ? got : got.sort()).toEqual([10, 20, 30, 40, 50]);
});

test('maxPending holds it back, and each value that was asked for lets one more begin', async () => {
  const [queue, pool] = [new Queue(), new Pool(4)];
  const values = pool.imapAsync<number>(tells, itemsOf(queue, [1, 2, 3, 4, 5]), { maxPending: 2 });
  expect((await begun(queue, 2)).sort()).toEqual([1, 2]);
  await pool.joinAsync();
  expect(queue.size).toBe(0);
  expect(await values.next()).toEqual({ done: false, value: 10 });
  expect(await begun(queue, 1)).toEqual([3]);
  await pool.joinAsync();
  expect(queue.size).toBe(0);
  // Leaving the loop begins no more.
  await values.return(undefined);
  await pool.joinAsync();
  expect(queue.size).toBe(0);
});

test('room that others left is taken', async () => {
  const [queue, event, pool] = [new Queue(), new Event(), new Pool(1)];
  const hold = pool.spawn(fixture('sync/waits-for-event.mjs'), event);
  const values = pool.imapAsync<number>(tells, itemsOf(queue, [1, 2]));
  expect(queue.size).toBe(0);
  event.set();
  expect(await hold).toBe('set');
  expect(await begun(queue, 2)).toEqual([1, 2]);
  expect((await values.next()).value).toBe(10);
  expect((await values.next()).value).toBe(20);
});

test('an error of the items comes after the values before it', async () => {
  const [queue, group] = [new Queue(), new Group()];
  function* items() {
    yield [queue, 1] as const;
    throw new RangeError('no more');
  }
  const values = group.imapAsync<number>(tells, items());
  expect((await values.next()).value).toBe(10);
  expect(await rejection(values.next())).toMatchObject({ message: 'no more' });
});

test('an error of the work is thrown in its place, and printed nowhere', async () => {
  const [queue, group] = [new Queue(), new Group()];
  const values = group.imapAsync<number>(tells, itemsOf(queue, [1, -1]));
  await until(() => group.size === 0);
  expect((await values.next()).value).toBe(10);
  expect(await rejection(values.next())).toMatchObject({ message: 'no -1' });
});

describe('in a worker green thread that is parked in something else', () => {
  const jobs = wrap(fixture('sync/imap-jobs.mjs')) as Record<
    string,
    (...args: unknown[]) => GreenThread
  >;

  test.each(['imap', 'imapUnordered'])('%s begins all before anybody asks', async (name) => {
    const [queue, event, held, pool] = [new Queue(), new Event(), new Event(), new Pool(1)];
    const hold = pool.spawn(fixture('sync/waits-for-event.mjs'), held);
    const job = jobs['asksLate']!(name, pool, queue, event, 5);
    await until(() => event.statistics().waiting === 1);
    held.set();
    await hold;
    expect(await begun(queue, 5)).toEqual([1, 2, 3, 4, 5]);
    event.set();
    expect(await job).toEqual([10, 20, 30, 40, 50]);
  });

  test('as many as maxPending, also of items without an end; leaving the loop begins no more', async () => {
    const [queue, event, pool] = [new Queue(), new Event(), new Pool(2)];
    const job = jobs['takesSome']!(pool, queue, event, 4, 3);
    expect((await begun(queue, 4)).sort()).toEqual([1, 2, 3, 4]);
    await pool.joinAsync();
    expect(queue.size).toBe(0);
    event.set();
    const [got] = (await job) as [number[], boolean];
    expect(got).toEqual([10, 20, 30]);
    await pool.joinAsync();
    // Three values that were asked for let three more begin, as long as the loop went on.
    expect(queue.size).toBeLessThanOrEqual(3);
  });

  test('what has not begun when the thread ends never does', async () => {
    const [queue, event, pool] = [new Queue(), new Event(), new Pool(1)];
    const hold = pool.spawn(fixture('sync/waits-for-event.mjs'), event);
    await jobs['leaves']!(pool, queue, 3);
    event.set();
    await hold;
    await pool.joinAsync();
    expect([queue.size, pool.statistics()]).toEqual([
      0,
      { threads: 0, free: 1, waitingToSpawn: 0 },
    ]);
  });

  test('an item that cannot cross fails after the values before it', async () => {
    const [queue, pool] = [new Queue(), new Pool(1)];
    expect(await jobs['withBadItem']!(pool, queue)).toEqual([10, 20, 'ERR_COPPICE_NOT_CLONEABLE']);
  });

  test('its async code as well', async () => {
    const [queue, event, pool] = [new Queue(), new Event(), new Pool(1)];
    const job = jobs['awaits']!(pool, queue, event, 5);
    expect(await begun(queue, 3)).toEqual([1, 2, 3]);
    event.set();
    expect(await job).toEqual([10, 20, 30, 40]);
  });
});

test('no kill is lost of a fiber in a Worker that takes what imap gives', async () => {
  const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
  expect(await runProgram('sync/imap-killed.mjs', [], { flags })).toEqual({
    stdout: '0\n',
    stderr: '',
    code: 0,
  });
});
