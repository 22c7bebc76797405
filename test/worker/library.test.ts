/** What a Worker runs of the package: it has less memory for the rest. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { GreenThread, spawn } from '../../dist/index.js';
import { fixture } from '../support.ts';

async function run(exportName: string): Promise<unknown> {
  const thread = new GreenThread(fixture('library-jobs.mjs'), { exportName });
  thread.start();
  return await thread;
}

test("a Worker does without the hub's part, whatever it calls", async () => {
  expect(await run('ordinary')).toEqual([]);
});

test('and runs it when it has a fiber', async () => {
  expect(await run('withFiber')).toEqual([false, 'fiber', true]);
});

test('the hub has it', async () => {
  const { hasHubPart } = createRequire(import.meta.url)('../../dist/load.cjs');
  await spawn(fixture('function.cjs'), 1, 2);
  expect(hasHubPart()).toBe(true);
});
