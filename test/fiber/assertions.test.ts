/** A failed assertion says what it says plain. */
import { expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const register = ['--import', new URL('../../dist/register.js', import.meta.url).href];

test.each(['', '{"world":"open"}'])('assert shows the expression %s', async (settings) => {
  const plain = await runProgram('fibers/assertions/main.mjs');
  const compiled = await runProgram('fibers/assertions/main.mjs', [], {
    flags: register,
    env: { COPPICE_FIBERS: settings },
  });
  expect(plain.stdout).toContain('assert(x === 2, undefined)');
  expect(compiled).toEqual(plain);
});
