/** Stacks of compiled code: the user's frames, with their names and places right to the column, as when it runs plain. */
import { expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const register = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const program = 'fibers/positions/main.mjs';

test('frames stand where they stand plain', async () => {
  const plain = await runProgram(program, []);
  const compiled = await runProgram(program, ['fibers'], {
    flags: register,
    env: { COPPICE_FIBERS: '{"cache":false,"world":"open"}' },
  });
  expect({ plain: plain.stderr, compiled: compiled.stderr }).toEqual({ plain: '', compiled: '' });
  const expected = plain.stdout.trimEnd().split('\n');
  expect(expected.length).toBeGreaterThan(7);
  const both = expected.flatMap((line) => [line, line.replace(' called ', ' fiber ')]);
  expect(compiled.stdout.trimEnd().split('\n')).toEqual(both);
});
