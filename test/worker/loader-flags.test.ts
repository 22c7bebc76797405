/**
 * The loader flags of the process reach its Workers.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fixture, runProgram } from '../support.ts';

const path = (name: string) => fileURLToPath(fixture(name));

test.each([
  [['--import', fixture('preload.mjs').href], 'import\n'],
  [['-r', path('preload.cjs')], 'require\n'],
  [['--import', fixture('preload.mjs').href, '-r', path('preload.cjs')], 'import require\n'],
  [['--no-warnings', '--stack-trace-limit=20'], '\n'],
])('%j', async (flags, expected) => {
  const { stdout, stderr } = await runProgram('flags-program.mjs', ['flags-job.mjs'], { flags });
  expect([stdout, stderr]).toEqual([expected, '']);
});

test('tsx: a green thread can be a TypeScript module', async () => {
  const { stdout, stderr } = await runProgram('flags-program.mjs', ['typed-job.ts'], {
    flags: ['--import', 'tsx'],
  });
  expect([stdout, stderr]).toEqual(['red 7\n', '']);
});

test('NODE_OPTIONS do as well', async () => {
  const { stdout } = await runProgram('flags-program.mjs', ['flags-job.mjs'], {
    env: { NODE_OPTIONS: `--import ${fixture('preload.mjs').href}` },
  });
  expect(stdout).toBe('import\n');
});
