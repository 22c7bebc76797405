/** A misspelt option is told at the call, in every face: a limit that nobody reads would be no limit. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fixture } from '../support.ts';

const register = new URL('../../dist/register.js', import.meta.url).href;

test.each([
  ['plain code', []],
  ['fibers', ['--import', register]],
])('in %s', (_where, flags) => {
  const program = fileURLToPath(fixture('option-names.mjs'));
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, program], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'all refused\n', stderr: '' });
});
