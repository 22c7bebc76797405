/**
 * `ThreadPool` and `toThread`: how many run, how many may wait, and what ends with what.
 */
import { ThreadPool, Timeout, toThread, withTimeoutAsync, wrap } from 'coppice';
import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { marks, open, waitingAt } from '../fixtures/calls.mjs';
import { fixture, rejection, runProgram, thrownBy, until } from '../support.ts';

const work = fixture('pool-jobs.mjs');
const jobs = wrap(work);

beforeEach(() => {
  marks.length = 0;
});

describe('ThreadPool', () => {
  test('runs so many at once, the others in their order', async () => {
    await using pool = new ThreadPool({ size: 2 });
    const threads = ['a', 'b', 'c', 'd'].map((name) => pool.run(work, name));
    await until(() => waitingAt.length === 2);
    expect(waitingAt.toSorted()).toEqual(['a', 'b']);
    expect(pool.statistics).toMatchObject({ workers: 2, queued: 2 });
    open('b', 'B');
    await until(() => waitingAt.includes('c'));
    expect(waitingAt.toSorted()).toEqual(['a', 'c']);
    open('a', 'A');
    await until(() => waitingAt.includes('d'));
    open('c', 'C');
    open('d', 'D');
    expect(await Promise.all(threads)).toEqual(['A', 'B', 'C', 'D']);
  });

  test('has Workers of its own', async () => {
    await using one = new ThreadPool({ size: 1 });
    await using other = new ThreadPool({ size: 1 });
    const runs = [one.run(work, 1), one.run(work, 2), other.run(work, 3), toThread(work, 4)];
    const [first, again, second, shared] = (await Promise.all(runs)).map(
      (result) => (result as [number, number])[1],
    );
    expect(again).toBe(first);
    expect(new Set([first, second, shared]).size).toBe(3);
  });

  test('refuses what is beyond its queue, and takes more when one has ended', async () => {
    await using pool = new ThreadPool({ size: 1, queueLimit: 1 });
    const first = pool.run(work, 'first');
    const second = pool.run(work, 'second');
    expect(thrownBy(() => pool.run(work, 'third'))).toMatchObject({
      code: 'ERR_COPPICE_POOL_FULL',
      message: expect.stringContaining('queueLimit') as string,
    });
    await until(() => waitingAt.includes('first'));
    open('first', 1);
    expect(await first).toBe(1);
    const third = pool.run(work, 3);
    await until(() => waitingAt.includes('second'));
    open('second', 2);
    expect([await second, await third]).toEqual([2, [3, expect.any(Number)]]);
  });

  test('a queueLimit of 0 never lets anything wait', async () => {
    await using pool = new ThreadPool({ size: 1, queueLimit: 0 });
    const thread = pool.run(work, 1);
    expect(thrownBy(() => pool.run(work, 2))).toMatchObject({ code: 'ERR_COPPICE_POOL_FULL' });
    await thread;
  });

  test('a thread that is killed while it waits takes no Worker, and its place is free', async () => {
    await using pool = new ThreadPool({ size: 1, queueLimit: 1 });
    const first = pool.run(work, 'running');
    const second = pool.run(work, 'waiting');
    await second.killAsync();
    const third = pool.run(work, 3);
    await until(() => waitingAt.includes('running'));
    open('running');
    await Promise.all([first, third]);
    expect(marks).toEqual(['finally running']);
  });

  test('lets idle Workers go', async () => {
    await using pool = new ThreadPool({ size: 2, idleTimeout: 10 });
    await Promise.all([pool.run(work, 1), pool.run(work, 2)]);
    await until(() => pool.statistics.workers === 0);
    // and starts new ones
    expect(await pool.run(work, 3)).toEqual([3, expect.any(Number)]);
  });

  test('takes no nonsense', () => {
    for (const options of [{ size: 0 }, { size: 1.5 }, { queueLimit: -1 }, { idleTimeout: NaN }]) {
      const [option] = Object.keys(options);
      expect(thrownBy(() => new ThreadPool(options))).toMatchObject({
        code: 'ERR_COPPICE_INVALID_ARGUMENT',
        message: expect.stringContaining(option as string) as string,
      });
    }
  });
});

describe('map', () => {
  test('gives the results in the order of the items', async () => {
    await using pool = new ThreadPool({ size: 2 });
    const mapped = pool.map(new Set(['one', 'two', 'three']), work);
    await until(() => waitingAt.length === 2);
    open('two', 2);
    await until(() => waitingAt.includes('three'));
    open('three', 3);
    open('one', 1);
    expect(await mapped).toEqual([1, 2, 3]);
    expect(await pool.map([], work)).toEqual([]);
  });

  test('rejects with the first error, and kills the rest: finally runs, what waited never does', async () => {
    await using pool = new ThreadPool({ size: 2 });
    const mapped = rejection(pool.map(['gate', 'fail', 'never run', 'nor this'], work));
    expect(await mapped).toMatchObject({ name: 'RangeError', message: 'fail' });
    // By then all have ended.
    expect(marks.filter((mark) => mark !== 'finally gate' && mark !== 'finally never run')).toEqual(
      [],
    );
    expect(pool.statistics.queued).toBe(0);
    expect(await pool.run(work, 1)).toEqual([1, expect.any(Number)]);
  });

  test.each([0, 1, 7])(
    'takes any number of items with a queueLimit of %i, and no more at a time than fit',
    async (queueLimit) => {
      await using pool = new ThreadPool({ size: 2, queueLimit });
      let most = 0;
      let taken = 0;
      function* items(): Generator<number> {
        for (; taken < 50; taken++) {
          most = Math.max(most, pool.statistics.queued);
          yield taken;
        }
      }
      const results = (await pool.map(items(), work)) as [number, number][];
      expect(results.map(([item]) => item)).toEqual(Array.from({ length: 50 }, (_, n) => n));
      // One whose Worker is not free yet, though the thread before it has ended, waits as well.
      expect(most).toBeLessThanOrEqual(Math.min(queueLimit, 2) + 2);
    },
  );

  test('takes an item only when there is room for it, and none after an error', async () => {
    await using pool = new ThreadPool({ size: 1, queueLimit: 0 });
    const log: string[] = [];
    function* items(): Generator<string> {
      try {
        for (const item of ['first', 'fail', 'never']) {
          log.push(item);
          yield item;
        }
      } finally {
        log.push('closed');
      }
    }
    const mapped = rejection(pool.map(items(), work));
    await until(() => waitingAt.includes('first'));
    expect(log).toEqual(['first']);
    open('first', 1);
    expect(await mapped).toMatchObject({ name: 'RangeError' });
    expect(log).toEqual(['first', 'fail', 'closed']);
  });

  test('shares its pool: two maps and single calls all get their turn', async () => {
    await using pool = new ThreadPool({ size: 2, queueLimit: 1 });
    const items = Array.from({ length: 20 }, (_, n) => n);
    const maps = [pool.map(items, work), pool.map(items, work)];
    const refused = new Set<unknown>();
    let single: unknown;
    while (single === undefined) {
      try {
        single = await pool.run(work, 7);
      } catch (error) {
        refused.add((error as { code?: string }).code);
        await new Promise(setImmediate);
      }
    }
    expect(single).toEqual([7, expect.any(Number)]);
    expect([...refused].filter((code) => code !== 'ERR_COPPICE_POOL_FULL')).toEqual([]);
    for (const results of await Promise.all(maps)) expect(results).toHaveLength(20);
  });

  test('rejects with what the items throw', async () => {
    await using pool = new ThreadPool({ size: 1 });
    function* items(): Generator<number> {
      yield 1;
      throw new RangeError('no more');
    }
    expect(await rejection(pool.map(items(), work))).toMatchObject({ message: 'no more' });
  });

  test('is ended by a time limit, and kills what runs', async () => {
    await using pool = new ThreadPool({ size: 1, queueLimit: 0 });
    await pool.run(work, 0);
    const late = withTimeoutAsync(200, () => pool.map(['slow', 'never run'], work));
    expect(await rejection(late)).toBeInstanceOf(Timeout);
    await until(() => marks.includes('finally slow'));
    expect(await pool.map([1, 2, 3], work)).toHaveLength(3);
  });

  test('that is under way is finished before its pool closes', async () => {
    const pool = new ThreadPool({ size: 1, queueLimit: 0 });
    const mapped = pool.map([1, 2, 3, 4], work);
    await pool.close();
    expect(await mapped).toHaveLength(4);
  });
});

describe('close', () => {
  test('waits for what runs and what waits, takes nothing new, and lets the Workers go', async () => {
    const pool = new ThreadPool({ size: 1 });
    const threads = [pool.run(work, 'last'), pool.run(work, 2)];
    await until(() => waitingAt.includes('last'));
    const closed = pool.close();
    expect(thrownBy(() => pool.run(work, 3))).toMatchObject({ code: 'ERR_COPPICE_POOL_CLOSED' });
    expect(await rejection(pool.map([1], work))).toMatchObject({ code: 'ERR_COPPICE_POOL_CLOSED' });
    open('last', 1);
    await closed;
    expect(threads.every((thread) => thread.successful)).toBe(true);
    await pool.close();
    await until(() => pool.statistics.workers === 0);
  });

  test('does not fail for the errors of its threads', async () => {
    const pool = new ThreadPool({ size: 1 });
    const thread = pool.run(work, 'fails');
    await pool.close();
    expect(await rejection(thread)).toBeInstanceOf(RangeError);
  });
});

describe('force', () => {
  test('ends a thread that never yields, and the pool goes on with another Worker', async () => {
    await using pool = new ThreadPool({ size: 1 });
    const spinning = pool.run(fixture('spins.mjs'));
    await until(() => marks.includes('spinning'));
    await spinning.killAsync({ force: true, timeout: 20 });
    expect(spinning.value).toMatchObject({ name: 'GreenThreadExit', unwound: false });
    expect(await pool.run(work, 1)).toEqual([1, expect.any(Number)]);
  });
});

test('the process waits for a thread that waits for its turn', async () => {
  expect(await runProgram('waits-its-turn.mjs')).toEqual({
    code: 0,
    stdout: 'all had their turn\n',
    stderr: '',
  });
});

describe('toThread', () => {
  test('runs blocking code off the loop', async () => {
    const word = new Int32Array(new SharedArrayBuffer(4));
    // Only a loop that turns while the job blocks can wake it.
    const waker = setInterval(() => Atomics.notify(word, 0), 5);
    try {
      expect(await toThread(fixture('waits-for-notify.mjs'), word)).toBe('ok');
    } finally {
      clearInterval(waker);
    }
  });

  test('takes no function, which could only run on the loop', async () => {
    await using pool = new ThreadPool({ size: 1 });
    const work = (): number => 1;
    for (const run of [() => toThread(work), () => pool.run(work)])
      expect(thrownBy(run)).toMatchObject({ code: 'ERR_COPPICE_NOT_SPAWNABLE' });
  });

  test('works in green threads; a ThreadPool says that it does not', async () => {
    expect(await jobs['toThreadInside']!(5)).toBe(5);
    expect(await rejection(jobs['poolInside']!())).toMatchObject({
      code: 'ERR_COPPICE_INVALID_ARGUMENT',
      message: expect.stringContaining('toThread()') as string,
    });
  });

  test('says that a module has nothing to call with the arguments', async () => {
    expect(await rejection(toThread(fixture('timeout-jobs.mjs'), 7))).toMatchObject({
      code: 'ERR_COPPICE_NO_EXPORT',
      message: expect.stringMatching(/export default function.*expires/s) as string,
    });
  });

  test('says how to give a function', () => {
    expect(thrownBy(() => toThread(() => 1))).toMatchObject({
      code: 'ERR_COPPICE_NOT_SPAWNABLE',
      message: expect.stringContaining('new URL(') as string,
    });
  });

  test('types', () => {
    const pool = new ThreadPool();
    expectTypeOf(pool.map<number, URL>).returns.resolves.toEqualTypeOf<unknown[]>();
  });
});
