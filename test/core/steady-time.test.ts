import { expect, test } from 'vitest';
import { spawn } from '../../dist/index.js';
import { steadyTime } from '../../src/core/steady-time.ts';
import { fixture } from '../support.ts';

test('it goes forward, in milliseconds', () => {
  const first = steadyTime();
  const began = performance.now();
  while (performance.now() < began + 2);
  expect(steadyTime() - first).toBeGreaterThanOrEqual(2);
});

test('a Worker that waits need not load perf_hooks for it', async () => {
  expect(await spawn(fixture('light-job.mjs'))).toEqual(['timed out', false]);
});
