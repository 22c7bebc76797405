/** Stacks of compiled code: the user's frames, with their names and places right to the column, as when it runs plain. */
import { expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const compiledBy = (world: string): { flags: string[]; env: Record<string, string> } => ({
  flags: ['--import', new URL('../../dist/register.js', import.meta.url).href],
  env: { COPPICE_FIBERS: `{"cache":false,"world":"${world}"}` },
});

test('frames stand where they stand plain', async () => {
  const program = 'fibers/positions/main.mjs';
  const plain = await runProgram(program, []);
  const compiled = await runProgram(program, ['fibers'], compiledBy('open'));
  expect({ plain: plain.stderr, compiled: compiled.stderr }).toEqual({ plain: '', compiled: '' });
  const expected = plain.stdout.trimEnd().split('\n');
  expect(expected.length).toBeGreaterThan(7);
  const both = expected.flatMap((line) => [line, line.replace(' called ', ' fiber ')]);
  expect(compiled.stdout.trimEnd().split('\n')).toEqual(both);
});

test.each(['all', 'closed'])('a stack is the same text, world %s', async (world) => {
  const program = 'fibers/positions/texts.mjs';
  const plain = await runProgram(program, []);
  const compiled = await runProgram(program, [], compiledBy(world));
  expect({ plain: plain.stderr, compiled: compiled.stderr }).toEqual({ plain: '', compiled: '' });
  expect(plain.stdout).toContain('at Array.map (<anonymous>)');
  expect(compiled.stdout).toBe(plain.stdout);
});
