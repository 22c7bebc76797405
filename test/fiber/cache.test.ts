/** The on-disk cache serves whoever starts again, and harms nobody, whatever became of its files. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'coppice-cache-'));
  writeFileSync(
    join(scratch, 'app.cjs'),
    `const { sleep, spawn } = require('coppice');
    function wait(ms) { sleep(ms); return ms; }
    spawn(() => wait(1)).getAsync().then((ms) => console.log('waited', ms));`,
  );
});
afterEach(() => rmSync(scratch, { recursive: true }));

const program = (): void => {
  mkdirSync(join(scratch, 'node_modules'));
  symlinkSync(root, join(scratch, 'node_modules/coppice'));
};

/** The compiled form of the library, which V8 makes a little different each time. */
const isCode = (name: string): boolean => name.startsWith('v-');

/** Runs the program, and gives the texts that the cache holds then, by name. */
function start(cache: string, env: NodeJS.ProcessEnv = {}): Map<string, string> {
  const register = new URL('../../dist/register.js', import.meta.url).href;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', register, 'app.cjs'],
    { cwd: scratch, encoding: 'utf8', env: { ...process.env, ...env }, timeout: 150_000 },
  );
  expect({ stdout, stderr, status }).toEqual({ stdout: 'waited 1\n', stderr: '', status: 0 });
  const names = readdirSync(cache)
    .filter((name) => !isCode(name))
    .toSorted();
  return new Map(names.map((name) => [name, readFileSync(join(cache, name), 'utf8')]));
}

test('entries that are cut off, empty or not ours are made again', () => {
  program();
  const cache = join(scratch, 'node_modules/.cache/coppice');
  const whole = start(cache);
  expect(whole.size).toBeGreaterThan(1);
  for (const spoil of [
    (text: string) => text.slice(0, text.length >> 1),
    () => '',
    () => '+syntax error',
  ]) {
    for (const [name, text] of whole) writeFileSync(join(cache, name), spoil(text));
    expect(start(cache)).toEqual(whole);
  }
});

test('what is cached is what is run', () => {
  program();
  const cache = join(scratch, 'node_modules/.cache/coppice');
  for (const [name, text] of start(cache)) {
    if (name.startsWith('c-')) writeFileSync(join(cache, name), text.replace('waited', 'cached'));
  }
  expect(() => start(cache)).toThrow(/cached 1/);
});

test.skipIf(process.getuid === undefined)(
  'a directory that others can write to is no cache',
  () => {
    const env = { TMPDIR: scratch, NODE_PATH: '' };
    writeFileSync(
      join(scratch, 'app.cjs'),
      readFileSync(join(scratch, 'app.cjs'), 'utf8').replace(
        `'coppice'`,
        JSON.stringify(join(root, 'dist/index.js')),
      ),
    );
    const cache = join(scratch, `coppice-${process.getuid!()}`);
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    expect(start(cache, env).size).toBe(0);
    chmodSync(cache, 0o700);
    expect(start(cache, env).size).toBeGreaterThan(1);
  },
);

test('the compiled form of the library is kept, and made again when it is not what was kept', () => {
  program();
  const cache = join(scratch, 'node_modules/.cache/coppice');
  const entries = (): Buffer[] => {
    start(cache);
    const names = readdirSync(cache).filter(isCode);
    return names.toSorted().map((name) => readFileSync(join(cache, name)));
  };
  const whole = entries();
  expect(whole.map(({ length }) => length > 10_000)).toEqual([true, true]);
  // V8 takes it: else it would be written anew.
  expect(entries()).toEqual(whole);
  for (const spoil of [
    (code: Buffer) => code.subarray(0, code.length >> 1),
    () => Buffer.alloc(0),
    () => Buffer.from('not ours'),
    (code: Buffer) => Buffer.from(code.map((byte, at) => (at === code.length >> 1 ? ~byte : byte))),
  ]) {
    const names = readdirSync(cache).filter(isCode).toSorted();
    const spoilt = whole.map(spoil);
    for (const [index, name] of names.entries())
      writeFileSync(join(cache, name), spoilt[index] as Buffer);
    const again = entries();
    expect(again.map((code, index) => code.equals(spoilt[index] as Buffer))).toEqual([
      false,
      false,
    ]);
    expect(entries()).toEqual(again);
  }
});

test('a program that has been moved, with what is cached, tells its own lines', () => {
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  const before = join(scratch, 'before');
  const coppice = join(before, 'node_modules/coppice');
  mkdirSync(coppice, { recursive: true });
  cpSync(join(root, 'dist'), join(coppice, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(coppice, 'package.json'));
  writeFileSync(
    join(before, 'stuck.mjs'),
    `import { Queue, spawn } from 'coppice';
    spawn(() => new Queue().get()).getAsync().catch(({ blocked }) => console.log(blocked[0].at));`,
  );
  const after = join(scratch, 'after');
  const lineIn = (cwd: string): string =>
    spawnSync(process.execPath, ['--import', 'coppice/register', 'stuck.mjs'], {
      cwd,
      encoding: 'utf8',
      timeout: 150_000,
    }).stdout;
  expect(lineIn(before)).toMatch(/before.stuck\.mjs:2/);
  renameSync(before, after);
  expect(lineIn(after)).toMatch(/after.stuck\.mjs:2/);
});

test('who wants no cache has none, not of the library either', () => {
  program();
  const cache = join(scratch, 'node_modules/.cache/coppice');
  mkdirSync(cache, { recursive: true });
  expect(start(cache, { COPPICE_FIBERS: '{ "cache": false }' }).size).toBe(0);
  expect(readdirSync(cache)).toEqual([]);
});
