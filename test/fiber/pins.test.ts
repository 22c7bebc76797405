/** Pins are told of: where, through what, each place once, and only when a fiber really had to wait. */
import { spawnSync } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProgram } from '../support.ts';

const register = new URL('../../dist/register.js', import.meta.url).href;
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
      register,
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

test.each([
  ['plain', 'MAIN_BLOCKED', /the servers of this process/],
  ['fiber', 'PINNED', /its own servers included/],
])('%s code that can never go on has been warned of by then', async (how, code, why) => {
  const child = startProgram('fibers/pins/asks-itself.mjs', [how], {
    flags: ['--import', register],
  });
  let stderr = '';
  for await (const [chunk] of on(child.stderr!, 'data')) {
    stderr += String(chunk);
    if (why.test(stderr)) break;
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(stderr).toContain(`[COPPICE_${code}] Warning: fetchSync() blocks`);
});

test('a package that is not compiled is named, with how to have it compiled', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-pins-'));
  try {
    const hooks = join(folder, 'node_modules/@some/hooks');
    mkdirSync(hooks, { recursive: true });
    symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), `${folder}/node_modules/coppice`);
    writeFileSync(join(hooks, 'package.json'), '{"name":"@some/hooks","main":"index.cjs"}');
    writeFileSync(
      join(hooks, 'index.cjs'),
      'module.exports = class { constructor(hook) { this.hook = hook; } run() { return this.hook(); } };',
    );
    // Nothing that can wait is named in `run`, so it has no twin, and stands in between as well.
    const program = join(folder, 'main.mjs');
    writeFileSync(
      program,
      `import Hooks from '@some/hooks';
       import { sleep, spawn } from 'coppice';
       const hooks = new Hooks(() => sleep(1));
       const run = () => hooks.run();
       spawn(run).get();`,
    );
    const told = (settings: string): string =>
      spawnSync(process.execPath, ['--import', register, program], {
        encoding: 'utf8',
        env: { ...process.env, COPPICE_FIBERS: settings },
      }).stderr;
    const stderr = told('');
    expect(stderr).toMatch(/the uncompiled code of \S+\.run \(.*hooks\/index\.cjs:1:\d+\)/);
    expect(stderr).toContain('--include @some/hooks,');
    expect(told('{"include":["@some/hooks"]}')).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
