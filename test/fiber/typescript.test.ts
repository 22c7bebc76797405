/**
 * Fibers in TypeScript: beside tsx, and by Node's own type stripping where this Node has it. What CommonJS leaves open is
 * said in docs/where-a-fiber-pins.md.
 */
import * as nodeModule from 'node:module';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const register = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const tsx = ['--import', 'tsx'];
const [major = 0] = process.versions.node.split('.').map(Number);
const hooks = 'registerHooks' in nodeModule;
const strips = Boolean((process.features as { typescript?: unknown }).typescript);

describe.each([
  ['an ES module beside tsx', 'app.ts', tsx, true],
  ["an ES module by Node's own stripping", 'app.ts', [], hooks && strips],
  ['CommonJS beside tsx', 'app.cts', tsx, hooks],
  ["CommonJS by Node's own stripping", 'app.cts', [], strips && major >= 24],
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
