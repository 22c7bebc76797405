/**
 * The Workers that green threads share: the cap, the queue, and that a reused Worker carries nothing over.
 */
import { configure, GreenThread, poolStatistics, prewarm, wrap, type CoppiceError } from 'coppice';
import { afterEach, describe, expect, test } from 'vitest';
import { marks, open, waitingAt } from '../fixtures/calls.mjs';
import { fixture, thrownBy, until } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));
const workerOf = async (options = {}): Promise<number> => {
  const thread = new GreenThread<number>(fixture('jobs.mjs'), { exportName: 'worker', ...options });
  thread.start();
  return thread;
};
const allIdle = () => {
  const { workers, idle } = poolStatistics();
  return workers === idle;
};
/** Lets every Worker go. */
const empty = async () => {
  configure({ idleTimeout: 0 });
  await until(() => poolStatistics().workers === 0);
  configure({ idleTimeout: 10_000 });
};

afterEach(() => {
  configure({ maxWorkers: 200, idleTimeout: 10_000 });
});

describe('the cap', () => {
  test('is never passed: what comes beyond it waits its turn, first come first served', async () => {
    await empty();
    configure({ maxWorkers: 2 });
    marks.length = 0;
    const blocking = ['cap 1', 'cap 2'].map((name) => jobs['waitAt']!(name));
    await until(() => waitingAt.includes('cap 1') && waitingAt.includes('cap 2'));
    const queued = Array.from({ length: 8 }, (_, index) => jobs['markThenReturn']!(index));
    await until(() => poolStatistics().queued === 8);
    expect(poolStatistics()).toEqual({ workers: 2, idle: 0, queued: 8 });
    expect(queued.every(({ state }) => state === 'scheduled')).toBe(true);
    open('cap 1');
    await Promise.all(queued);
    expect(marks).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(poolStatistics().workers).toBe(2);
    open('cap 2');
    await Promise.all(blocking);
  });

  test('a Worker that has just finished is used again, not replaced', async () => {
    await empty();
    configure({ maxWorkers: 2 });
    const used = await Promise.all(Array.from({ length: 12 }, () => workerOf()));
    expect(new Set(used).size).toBeLessThanOrEqual(2);
  });

  test('a thread killed in the queue never runs and takes no Worker', async () => {
    await empty();
    configure({ maxWorkers: 1 });
    marks.length = 0;
    const first = jobs['waitAt']!('queue kill');
    await until(() => waitingAt.includes('queue kill'));
    const second = jobs['markThenReturn']!('killed in the queue');
    const third = jobs['markThenReturn']!('third');
    await until(() => poolStatistics().queued === 2);
    await second.killAsync();
    expect(poolStatistics().queued).toBe(1);
    open('queue kill');
    await Promise.all([first, third]);
    expect(marks).toEqual(['third']);
  });

  test('at the cap, idle Workers make room for one that must be fresh', async () => {
    await empty();
    configure({ maxWorkers: 1 });
    const warm = await workerOf();
    const fresh = await workerOf({ isolate: true });
    expect(fresh).not.toBe(warm);
    expect(await workerOf()).toBeGreaterThan(fresh);
  });

  test('what a job left running makes room for those who wait', async () => {
    await empty();
    configure({ maxWorkers: 1 });
    const words = new Int32Array(new SharedArrayBuffer(4));
    const lingering = await jobs['leaveTimer']!(words);
    expect(await workerOf()).not.toBe(lingering);
  });

  test('settings are checked', () => {
    for (const settings of [{ maxWorkers: 0 }, { maxWorkers: 1.5 }, { idleTimeout: -1 }])
      expect((thrownBy(() => configure(settings)) as CoppiceError).code).toBe(
        'ERR_COPPICE_INVALID_ARGUMENT',
      );
  });
});

describe('reuse', () => {
  test('a warm Worker is used again, and its modules keep their state', async () => {
    await until(allIdle);
    const [, first] = (await jobs['moduleState']!()) as number[];
    await until(allIdle);
    const [runs, second] = (await jobs['moduleState']!()) as number[];
    expect(second).toBe(first);
    expect(runs).toBeGreaterThan(1);
  });

  test('isolate gives a fresh one, every time, and nobody else gets it', async () => {
    const used = [
      await workerOf(),
      await workerOf({ isolate: true }),
      await workerOf({ isolate: true }),
    ];
    await until(allIdle);
    used.push(await workerOf());
    expect(new Set(used.slice(0, 3)).size).toBe(3);
    expect(used.slice(1, 3)).not.toContain(used[3]);
  });

  test('resourceLimits give one of its own', async () => {
    const limited = await workerOf({ resourceLimits: { maxOldGenerationSizeMb: 64 } });
    await until(allIdle);
    expect(await workerOf()).not.toBe(limited);
  });

  test('a Worker whose job left a timer finishes it and is not used meanwhile', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const lingering = await jobs['leaveTimer']!(words);
    expect(await workerOf()).not.toBe(lingering);
    const { workers } = poolStatistics();
    Atomics.store(words, 0, 1);
    await until(() => poolStatistics().workers < workers);
  });

  test('what a job left open by unref() is served, however fast the next jobs come', async () => {
    await empty();
    configure({ maxWorkers: 1 });
    let served = 0;
    for (let count = 0; served < 10 && count < 30_000; count++)
      served = (await jobs['servedUnasked']!()) as number;
    expect(served).toBeGreaterThanOrEqual(10);
  });

  test('a rejection that a job left is not the end of the next one', async () => {
    await empty();
    configure({ maxWorkers: 1 });
    for (let round = 0; round < 10; round++) {
      expect(await jobs['takeATurn']!(round)).toBe(round);
      // The first time it is still to be loaded.
      await jobs['leaveRejection']!();
      await jobs['leaveRejection']!('nobody handles this, which is to be printed');
    }
    expect(await jobs['takeATurn']!('last')).toBe('last');
  });

  test('no kill of one run reaches the next', async () => {
    await empty();
    configure({ maxWorkers: 1 });
    for (let round = 0; round < 50; round++) {
      const thread = jobs['identity']!(round);
      await until(() => thread.state !== 'scheduled');
      thread.kill({ timeout: 0 });
      await thread.joinAsync();
      expect(await jobs['napWith']!(0, {})).toBe('slept');
    }
  });

  test('no coroutine that one run left waiting catches the kill of the next', async () => {
    await empty();
    configure({ maxWorkers: 1 });
    await jobs['abandonCoroutine']!();
    const words = new Int32Array(new SharedArrayBuffer(4));
    marks.length = 0;
    const next = jobs['awaitNative']!('next', words);
    await until(() => marks.includes('enter next'));
    next.kill({ timeout: 0 });
    // The kill must have reached the Worker before it is let on to its yield point.
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(words, 0, 1);
    await next.joinAsync();
    expect(next.value).toMatchObject({ code: 'ERR_COPPICE_KILLED' });
  });
});

describe('prewarm and idleTimeout', () => {
  test('prewarm starts as many as are asked for, idle ones first counted', async () => {
    await empty();
    prewarm(3);
    expect(poolStatistics()).toEqual({ workers: 3, idle: 3, queued: 0 });
    prewarm(2);
    expect(poolStatistics().workers).toBe(3);
    await Promise.all([workerOf(), workerOf(), workerOf()]);
    expect(poolStatistics().workers).toBe(3);
  });

  test('prewarm stops at the cap', async () => {
    await empty();
    configure({ maxWorkers: 2 });
    prewarm(5);
    expect(poolStatistics().workers).toBe(2);
  });

  test('an idle Worker goes when its time is over', async () => {
    await empty();
    expect(poolStatistics()).toEqual({ workers: 0, idle: 0, queued: 0 });
  });
});

describe('a Worker that cannot be started', () => {
  // What Node throws for a system that has no thread left, thrown by other means.
  const refused = new Error('EAGAIN');
  const resourceLimits = {
    get maxOldGenerationSizeMb(): number {
      throw refused;
    },
  };

  test('ends its thread with a coded error, and those behind it go on', async () => {
    const failing = workerOf({ resourceLimits });
    const behind = workerOf();
    await expect(failing).rejects.toMatchObject({
      code: 'ERR_COPPICE_NO_WORKER',
      cause: refused,
    });
    expect(await behind).toBeGreaterThan(0);
    expect(poolStatistics().queued).toBe(0);
  });

  test('also when it had to wait for its turn', async () => {
    await empty();
    configure({ maxWorkers: 1 });
    const first = workerOf();
    const failing = workerOf({ resourceLimits });
    const behind = workerOf();
    await expect(failing).rejects.toMatchObject({ code: 'ERR_COPPICE_NO_WORKER' });
    expect(await first).toBeGreaterThan(0);
    expect(await behind).toBeGreaterThan(0);
  });
});
