/** Nothing stays behind: a short run of the soak (its long one is see test/fixtures/sync/soak.mjs), and release. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { configure, Event, Lock, Queue, wrap, type GreenThread } from 'coppice';
import { fixture, runProgram, until } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];

test('mixed use with random kills leaves no waiter, no holder and no growing heap', async () => {
  const { stdout, stderr, code } = await runProgram('sync/soak.mjs', ['4'], { flags });
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const result = JSON.parse(stdout) as Record<string, unknown>;
  expect(result).toMatchObject({ waiting: [], held: false, permits: 2, tooMuch: [] });
  expect(result['kills']).toBeGreaterThan(5);
});

test('what crossed is released when the last side has dropped it', async () => {
  configure({ maxWorkers: 1 });
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const jobs = wrap(fixture('sync/soak-jobs.js'));
  const run = (name: string, ...args: unknown[]): GreenThread =>
    (jobs[name] as (...given: unknown[]) => GreenThread)(...args);
  const dropped: WeakRef<object>[] = [];
  for (let i = 0; i < 20; i++) {
    const object = i % 2 === 0 ? new Lock() : new Queue();
    dropped.push(new WeakRef(object));
    await run('useAndDrop', object);
  }
  // The Worker lets go when its collector has run and its loop has turned; then this side's can.
  const left = (): number => dropped.filter((ref) => ref.deref()).length;
  for (let round = 0; round < 50 && left() > 1; round++) {
    await run('collect');
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
  }
  expect(left()).toBeLessThanOrEqual(1);
});

test('what a Worker drops that never returns to its loop is released, too', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const jobs = wrap(fixture('sync/soak-jobs.js'));
  const [source, end] = [new Queue(), new Event()];
  const dropped: WeakRef<object>[] = [];
  const count = 10_000;
  for (let i = 0; i < count; i++) {
    const object = new Lock();
    dropped.push(new WeakRef(object));
    source.put(object);
  }
  const job = jobs['getsAndDrops']!(source, count, end) as GreenThread;
  await until(() => end.statistics().waiting === 1);
  const left = (): number => dropped.filter((ref) => ref.deref()).length;
  for (let round = 0; round < 20 && left() > count / 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
  }
  expect(left()).toBeLessThanOrEqual(count / 4);
  end.set();
  await job;
});
