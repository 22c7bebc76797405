/** What a Worker runs of the package: it has less memory for the rest. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { GreenThread, spawn, type ThreadOptions } from '../../dist/index.js';
import { fixture } from '../support.ts';

async function run(exportName: string, options: ThreadOptions = {}): Promise<unknown> {
  const thread = new GreenThread(fixture('library-jobs.mjs'), { exportName, ...options });
  thread.start();
  return await thread;
}

// Before any other Worker has been idle in this process.
test('later Workers start with what the first one that was idle has compiled', async () => {
  const given = (): Promise<unknown> => run('givenCode', { isolate: true });
  const [first, rejected] = (await given()) as [SharedArrayBuffer, boolean];
  expect(rejected).toBe(false);
  const contents = (memory: SharedArrayBuffer): string => Buffer.from(memory).toString('base64');
  // The word of it is on its way when the job's end is told: a few Workers may still start with the old form.
  let later = first;
  for (let tries = 0; tries < 50 && contents(later) === contents(first); tries++) {
    await run('ordinary');
    let refused: boolean;
    [later, refused] = (await given()) as [SharedArrayBuffer, boolean];
    expect(refused).toBe(false);
  }
  expect(contents(later)).not.toBe(contents(first));
});

test("a Worker does without the hub's part, whatever it calls", async () => {
  expect(await run('ordinary')).toEqual([]);
});

test("a Worker whose job imports the package loads little of Node's that a bare one does not", async () => {
  const thread = new GreenThread(fixture('builtins-job.mjs'), { isolate: true });
  thread.start();
  const loaded = (await thread) as string[];
  for (const name of ['module', 'os', 'net', 'perf_hooks', 'inspector'])
    expect(loaded).not.toContain(`NativeModule ${name}`);
});

test('and runs it when it has a fiber', async () => {
  expect(await run('withFiber')).toEqual([false, 'fiber', true]);
});

test('the hub has it', async () => {
  const { hasHubPart } = createRequire(import.meta.url)('../../dist/load.cjs');
  await spawn(fixture('function.cjs'), 1, 2);
  expect(hasHubPart()).toBe(true);
});
