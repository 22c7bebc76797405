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

/** What a program of a fiber prints, and the codes of its warnings. */
async function run(name: string): Promise<{ result: unknown; warnings: string[]; stderr: string }> {
  const { code, stdout, stderr } = await runProgram('sequences/fibers.mjs', [name], { flags });
  expect(code).toBe(0);
  const warnings = [...stderr.matchAll(/\[(COPPICE_\w+)\]/g)].map(([, warning]) => warning!);
  return { result: JSON.parse(stdout) as unknown, warnings, stderr };
}

test('leaving a loop closes its sequence, while the fiber lives on', async () => {
  expect(await run('left')).toMatchObject({
    result: ['saw 1', { done: true, value: 'over' }],
    stderr: '',
  });
});

test('so does a kill inside the loop', async () => {
  expect(await run('killed')).toMatchObject({ result: 'GreenThreadExit', stderr: '' });
});

test('yield* over what waits suspends, and closes it', async () => {
  const thrown = "The iterator does not provide a 'throw' method";
  expect(await run('delegated')).toMatchObject({
    result: [[1, 2, 'undefined', 1], thrown, 'after the first', ['sent']],
    stderr: '',
  });
});

test('what the language pulls by itself says that it cannot wait, and through what', async () => {
  const { result, warnings, stderr } = await run('patterns');
  expect(result).toEqual(['ERR_COPPICE_PINNED_MAIN', 'ERR_COPPICE_PINNED_MAIN', [1, 2], 1, 3]);
  expect(warnings).toEqual(['COPPICE_PINNED', 'COPPICE_PINNED']);
  expect(stderr).toContain('a pattern in another');
  // Not every Node shows a frame for the constructor.
  expect(stderr).toMatch(/stands (?:what the language does by itself .*)?new Set/);
});

test('a sequence belongs to the instance that opened it', async () => {
  expect((await run('instances')).result).toEqual(['line 1', 1, 'line 2']);
});

test('a pinned call warns that another instance of the module performs it', async () => {
  const { result, stderr } = await run('other');
  expect(result).toBe('5');
  expect(stderr).toMatch(/COPPICE_PINNED.*another instance of \S*async-db\.mjs/);
});

test.each(['main', 'worker'])('the work of a call is told why it was ended (%s)', async (heap) => {
  const { code, stdout, stderr } = await runProgram('sequences/reasons.mjs', [heap], { flags });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const expected = { limited: 'Timeout', own: 'Timeout', killed: 'GreenThreadExit' };
  expect(JSON.parse(stdout)).toEqual(['fiber', expected]);
});
