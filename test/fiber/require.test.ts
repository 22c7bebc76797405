/** Several who require a file that waits at its top: each gets it whole, but for who is in a circle with it. */
import { expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];

const scenes: Record<string, [what: string, printed: unknown]> = {
  shared: ['fibers that require one file wait for who loads it', [0, 2, 4]],
  together: ['so do async functions', [8, 8]],
  failing: [
    'a file that fails is run anew for the next, and is no child of who required it',
    [['try 1', 'try 2'], false],
  ],
  circle: [
    'two fibers that each load one file of a circle end both',
    [['left', 'right'], 'right', 'left', true, true],
  ],
  lazily: [
    'a file that requires itself over a function gets what is there',
    { early: 'early', self: 'early', whole: 'early' },
  ],
  program: ["the program's own file is given as far as it has come", ['so far']],
  killed: ['a file whose loading is killed is run anew', ['done', 2]],
  terminated: ['so is one whose loading is ended by force', ['done', 2, ['done']]],
  stuck: ['a file that waits for who waits for it is told', 'ERR_COPPICE_DEADLOCK'],
};

for (const [scene, [what, printed]] of Object.entries(scenes)) {
  test(`${scene}: ${what}`, async () => {
    const { code, stdout, stderr } = await runProgram('fibers/requires/main.cjs', [scene], {
      flags,
    });
    expect(JSON.parse(stdout)).toEqual(printed);
    expect(code).toBe(0);
    const told = /waits for the loading of \S*stuck\.cjs, held by fiber#1/;
    expect(stderr).toMatch(scene === 'stuck' ? told : /^$/);
  });
}
