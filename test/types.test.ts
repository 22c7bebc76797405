/** The declarations of the package as other programs see them: their compiler's settings are not ours. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fixture } from './support.ts';

const compiler = join(
  createRequire(import.meta.url).resolve('typescript/package.json'),
  '../bin/tsc',
);

test.each(['esnext', 'es2023,esnext.disposable'])('they are checked with lib %s', (lib) => {
  const settings = ['--noEmit', '--strict', '--target', 'esnext', '--module', 'nodenext'];
  const checked = ['--skipLibCheck', 'false', '--types', 'node', '--lib', lib];
  const file = fileURLToPath(fixture('types/strict.ts'));
  const { stdout, status } = spawnSync(
    process.execPath,
    [compiler, '--ignoreConfig', ...settings, ...checked, file],
    { encoding: 'utf8', timeout: 60_000 },
  );
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
