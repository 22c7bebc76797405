/** Fibers in TypeScript: beside tsx, and by Node's own type stripping where this Node has it. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const register = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const tsx = ['--import', 'tsx'];
const hooks = 'registerHooks' in nodeModule;
const strips = Boolean((process.features as { typescript?: unknown }).typescript);

describe.each([
  ['an ES module beside tsx', 'app.ts', tsx, true],
  ["an ES module by Node's own stripping", 'app.ts', [], hooks && strips],
  ['CommonJS beside tsx', 'app.cts', tsx, true],
  ["CommonJS by Node's own stripping", 'app.cts', [], hooks && strips],
])('%s', (_name, file, before, can) => {
  test.runIf(can).each(['', '{"world":"open"}', '{"cache":false}'])(
    'suspends %s',
    async (settings) => {
      const { code, stdout, stderr } = await runProgram(`fibers/typescript/${file}`, [], {
        flags: [...before, ...register],
        env: { COPPICE_FIBERS: settings },
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [all, stack, text] = stdout.split('\n');
      // All hundred wait at once.
      expect(all).toBe('hello number 99 100');
      // The position in the user's own text, right to the column of `new Error`.
      // No mark of ours in the text of a function.
      expect(text).toBe('false');
      expect(stack).toMatch(file === 'app.ts' ? /app\.ts:23:48\)?$/ : /app\.cts:6:48\)?$/);
    },
  );
});

test.runIf(hooks && strips)('CommonJS where no package.json names a type suspends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-typeless-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(
      fileURLToPath(new URL('../..', import.meta.url)),
      join(folder, 'node_modules/coppice'),
    );
    writeFileSync(
      join(folder, 'app.ts'),
      `const { joinAll, sleep, spawn } = require('coppice') as typeof import('coppice');
      let most: number = 0; let waiting: number = 0;
      joinAll([1, 2].map((ms: number) => spawn((): void => { most = Math.max(most, ++waiting); sleep(ms); waiting--; })));
      console.log(most, require.main === module);`,
    );
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      ...register,
      join(folder, 'app.ts'),
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: '2 true\n', stderr: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(['app.ts', 'app.cts'])(
  'where nothing strips types the error says what does: %s',
  async (file) => {
    const flags = [...(strips ? ['--no-experimental-strip-types'] : []), ...register];
    const { code, stderr } = await runProgram(`fibers/typescript/${file}`, [], { flags });
    expect(code).toBe(1);
    expect(stderr).toMatch(/ERR_UNKNOWN_FILE_EXTENSION.*--import tsx/);
  },
);
