/** Consumers of all kinds at one queue and one channel, killed and terminated at random: each ends, and no item twice. */
import { expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];

test.each([15, 23])('seed %d', async (seed) => {
  const args = [String(seed), '2000'];
  const { stdout, stderr, code } = await runProgram('sync/stress.mjs', args, { flags });
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const { given, deaths, twice, lost, waitingToPut } = JSON.parse(stdout) as Record<string, number>;
  expect(given).toBeGreaterThan(0);
  expect({ twice, waitingToPut }).toEqual({ twice: 0, waitingToPut: 0 });
  // What was at hand in one that was terminated: async code may have two.
  expect(lost).toBeLessThanOrEqual(2 * (deaths as number));
});
