/** `spawn` of functions: any in a compiled program, none in another. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PRINTED = `spawner,fiber
42 fiber 3
promised waited async
TypeError: failed
TypeError true
2 true GreenThreadExit
1,4,9
2,3 42
42,1
plain,plain,kind,plain,fiber
outside
`;

function run(flags: string[], settings = '', program = 'main') {
  const file = fileURLToPath(new URL(`../fixtures/fibers/spawn/${program}.mjs`, import.meta.url));
  return spawnSync(process.execPath, [...flags, file], {
    encoding: 'utf8',
    env: { ...process.env, COPPICE_FIBERS: settings },
    timeout: 150_000,
  });
}

const register = ['--import', new URL('../../dist/register.js', import.meta.url).href];

for (const settings of ['', '{"world":"open"}', '{"world":"all"}']) {
  test(`in a compiled program any function can be a fiber ${settings}`, () => {
    const { stdout, stderr, status } = run(register, settings);
    expect({ stdout, stderr, status }).toEqual({ stdout: PRINTED, stderr: '', status: 0 });
  });
}

test('a spawned async function is the current thread after what it awaits, and nobody else is', () => {
  const { stdout, stderr, status } = run(register, '', 'tasks');
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toBe(
    'a,a,a,a,a,helper,a | b,b,b,b,b,helper,b\ntrue\n[ undefined ] undefined\nfalse false\n3 3 0\n',
  );
});

test('one that is not compiled pins where it waits, and that is reported', () => {
  const { stdout, stderr, status } = run(register, '{"exclude":["outside.mjs"]}');
  expect({ stdout, status }).toEqual({ stdout: PRINTED, status: 0 });
  expect(stderr).toMatch(/COPPICE_PINNED.*the uncompiled code of outside .*outside\.mjs:5:3/);
});

test('in a program that is not compiled the error says how to compile it', () => {
  const { stderr, status } = run([]);
  expect(status).toBe(1);
  expect(stderr).toContain("code: 'ERR_COPPICE_NOT_SPAWNABLE'");
  expect(stderr).toContain('node --import coppice/register app.js');
});

test('fibers that compute leave timers and time limits their turn', () => {
  const { stdout, stderr } = run(register, '', '../fair');
  expect({ stdout, stderr }).toEqual({
    stdout: 'timer after a few turns\nout of time\n',
    stderr: '',
  });
});

test('fibers run first in, first out, or shuffled, always the same way for the same seed', () => {
  const order = (settings: string): string => {
    const { stdout, stderr } = run(register, settings, '../order');
    expect(stderr).toBe('');
    return stdout.trimEnd();
  };
  expect(order('')).toBe('abcdefghabcdefgh');
  const shuffled = order('{"seed":7}');
  expect(shuffled.split('').toSorted().join('')).toBe('aabbccddeeffgghh');
  expect(shuffled).not.toBe('abcdefghabcdefgh');
  expect(order('{"seed":7}')).toBe(shuffled);
  expect(order('{"seed":8}')).not.toBe(shuffled);
});
