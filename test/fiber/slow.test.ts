/** Fibers that run long without a yield point. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { reportSlowFibers } from 'coppice';
import { fixture, runProgram, startProgram, thrownBy } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const at = (name: string, line: number): string =>
  `${name} (${fixture('fibers/slow.mjs').pathname}:${line}:3)`;
const stack = `    at ${at('compute', 17)}\n    at ${at('slow', 22)}\n`;
const output = `true ${at('compute', 17)} true\n${stack}`;

test('are published with their name and stack', async () => {
  const { code, stdout, stderr } = await runProgram('fibers/slow.mjs', [], { flags });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: output, stderr: '' });
});

test('are warned of when that is asked for, once for each place', async () => {
  const { code, stdout, stderr } = await runProgram('fibers/slow.mjs', ['warn'], { flags });
  expect({ code, stdout }).toEqual({ code: 0, stdout: output });
  expect(stderr).toMatch(/Warning: slow#\d+ ran \d+ ms without a yield point/);
  // One more when the watcher was not there yet: what is known then is the yield point.
  expect(stderr.match(/; everything else stood still\.\n/g)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(stderr.split(`stood still. It stood at\n${stack}`)).toHaveLength(2);
});

test('one that never ends is told of while it runs', async () => {
  const child = startProgram('fibers/endless.mjs', [], { flags });
  let stderr = '';
  try {
    while (!stderr.includes('\n    at ')) stderr += String((await once(child.stderr!, 'data'))[0]);
  } finally {
    child.kill('SIGKILL');
  }
  expect(stderr).toMatch(/Warning: endless#1 has been running for \d+ ms without a yield point/);
  expect(stderr).toContain(`    at endless (${fixture('fibers/endless.mjs').pathname}:8:3)\n`);
});

test('the watcher keeps nobody alive, and is there only for who wants to hear', async () => {
  for (const [wants, workers] of [
    ['', 0],
    ['watched', 1],
  ] as const) {
    const { code, stdout } = await runProgram('fibers/watched.mjs', [wants], { flags });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${workers}\n` });
  }
});

test('the threshold is checked', () => {
  expect(thrownBy(() => reportSlowFibers(Number.NaN))).toMatchObject({
    code: 'ERR_COPPICE_INVALID_ARGUMENT',
  });
});
