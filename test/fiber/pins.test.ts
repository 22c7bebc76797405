/** Pins are told of: where, through what, each place once, and only when a fiber really had to wait. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const open = '{"world":"open","exclude":["uncompiled.cjs"]}';

function run(
  flags: string[] = [],
  program = 'main.js',
  settings = open,
): { lines: string[]; warnings: string[] } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      ...flags,
      '--import',
      new URL('../../dist/register.js', import.meta.url).href,
      fileURLToPath(new URL(`../fixtures/fibers/pins/${program}`, import.meta.url)),
    ],
    {
      encoding: 'utf8',
      env: { ...process.env, COPPICE_FIBERS: settings },
      timeout: 150_000,
    },
  );
  expect(status).toBe(0);
  const warnings = stderr.split('\n').filter((line) => line.includes('[COPPICE_'));
  return { lines: stdout.trimEnd().split('\n'), warnings };
}

test('a pin is reported with its place and with what stood in between', () => {
  const { lines, warnings } = run();
  expect(lines[0]).toBe('no pin so far');
  const pins = lines
    .filter((line) => line.startsWith('[true'))
    .map((line) => JSON.parse(line) as [boolean, string, string, string]);
  expect(pins.map(([, name]) => name)).toEqual(Array(6).fill('sleep'));
  for (const [, , at] of pins) expect(at).toMatch(/^nap .*main\.js:10:/);
  const through = pins.map(([, , , what]) => what.replace(/\S*[/\\]/g, ''));
  expect(through).toEqual([
    expect.stringMatching(/^the uncompiled code of .*each \(?uncompiled\.cjs:2:/),
    expect.stringMatching(/^the uncompiled code of .*each \(?uncompiled\.cjs:2:/),
    expect.stringMatching(/^the plain call of .*toString \(?main\.js:16:/),
    'JSON.stringify',
    expect.stringMatching(/Set/),
    'JSON.stringify',
  ]);
  // The second round of the loop is the same place.
  expect(warnings).toHaveLength(4);
  expect(warnings[0]).toContain('uncompiled.cjs:2:');
});

test('the warnings can be kept quiet', () => {
  expect(run(['--disable-warning=COPPICE_PINNED']).warnings).toEqual([]);
});

test('a built-in is named also where the function that calls it has no twin', () => {
  const { lines, warnings } = run([], 'hook.mjs', '');
  expect(lines).toEqual(["[ 'x' ]"]);
  expect(warnings).toEqual([
    expect.stringMatching(/stands String\.match in the plain call of main \(.*hook\.mjs:11:14\)/),
  ]);
});
