/** Fibers that run long without a yield point. */
import { expect, test } from 'vitest';
import { reportSlowFibers } from 'coppice';
import { runProgram, thrownBy } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const output = 'slow#2 true slow.mjs:19 true\nslow#4 true undefined true\n';

test('are published with their name and place', async () => {
  const { code, stdout, stderr } = await runProgram('fibers/slow.mjs', [], { flags });
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: output,
    stderr: '',
  });
});

test('are warned of when that is asked for, once for each place', async () => {
  const { code, stdout, stderr } = await runProgram('fibers/slow.mjs', ['warn'], { flags });
  expect({ code, stdout }).toEqual({ code: 0, stdout: output });
  expect(stderr.match(/Warning: slow#\d+ ran \d+ ms without a yield point/g)).toHaveLength(1);
  expect(stderr).toMatch(/up to .*slow\.mjs:19;/);
});

test('the threshold is checked', () => {
  expect(thrownBy(() => reportSlowFibers(Number.NaN))).toMatchObject({
    code: 'ERR_COPPICE_INVALID_ARGUMENT',
  });
});
