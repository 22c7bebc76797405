/** Sequences and bodies in compiled programs on the main thread: what is pulled suspends, and what is left is closed. */
import { expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];

test('a body that ends later than its head suspends its reader', async () => {
  expect(await runProgram('sequences/late-body.mjs', [], { flags })).toEqual({
    code: 0,
    stdout: '["{\\"half\\":1}",{"half":1},10,10,10,10]\n',
    stderr: '',
  });
});
