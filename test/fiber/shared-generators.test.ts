/** Fibers that share a generator take turns at it, in the order of their calls. */
import { expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const given = (...numbers: number[]): [number, string][] => numbers.map((each) => [each, 'given']);
const running = 'Generator is already running';

const scenes: Record<string, unknown> = {
  next: given(0, 1, 2),
  loops: given(0, 1, 2, 3, 4, 5),
  killed: given(0, 1),
  itself: [running, running],
  plainly: [[0, 'given'], running, [1, 'given']],
  mixed: [...given(0, 1), { value: [2, 'given'], done: false }],
};

test.each(Object.entries(scenes))('%s', async (scene, printed) => {
  const program = ['fibers/shared-generators.mjs', [scene]] as const;
  const { code, stdout, stderr } = await runProgram(program[0], [...program[1]], { flags });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual(printed);
});
