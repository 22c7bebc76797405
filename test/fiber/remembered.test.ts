/** What a second start does not do again, and that a change is seen; and whose source maps a compiled program reads. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLoadOptions } from '../../src/fiber/load/options.ts';
import { judgeOnce } from '../../src/fiber/load/remembered.ts';
import { Trees } from '../../src/fiber/load/trees.ts';

let folder: string;
const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coppice-remembered-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a program is judged anew when one of its files has changed, and not before', () => {
  put(
    'main.mjs',
    `import { sleep } from 'coppice'; import { leaf } from './leaf.mjs'; sleep(leaf(1));`,
  );
  put('leaf.mjs', 'export const leaf = (x) => x + 1;');
  const main = join(folder, 'main.mjs');
  const leaf = join(folder, 'leaf.mjs');
  const judged = () => judgeOnce([main], readLoadOptions(''), new Trees());
  const first = judged();
  expect(first.files.get(leaf)).toEqual(expect.any(String));
  expect(judged()).toEqual(first);
  put(
    'leaf.mjs',
    `import { sleep } from 'coppice'; export const leaf = (x) => { sleep(x); return x; };`,
  );
  const second = judged();
  expect(second.files.get(leaf)).toBe(null);
  expect(second.data?.blocking).toContain('leaf');
  expect(judged()).toEqual(second);
  rmSync(leaf);
  expect(judged().files.has(leaf)).toBe(false);
});

test('a second start does without the compiler, and what cannot block is not looked for in the cache', async () => {
  const program = join(folder, 'program');
  const inProgram = (name: string, text: string): void => writeFileSync(join(program, name), text);
  // Where the cache is.
  mkdirSync(join(program, 'node_modules'), { recursive: true });
  inProgram(
    'main.mjs',
    `import { createRequire } from 'node:module';
    import { sleep } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
    import { leaf } from './leaf.mjs';
    const nap = (ms) => sleep(ms);
    nap(leaf(0));
    const scripts = Object.keys(createRequire(import.meta.url).cache);
    console.log(scripts.some((script) => script.endsWith('compiler.cjs')));`,
  );
  inProgram('leaf.mjs', 'export const leaf = (x) => x + 1;');
  const register = new URL('../../dist/register.js', import.meta.url).href;
  const run = async (): Promise<string> =>
    (
      await promisify(execFile)(process.execPath, ['--import', register, 'main.mjs'], {
        cwd: program,
      })
    ).stdout;
  expect(await run()).toBe('true\n');
  expect(await run()).toBe('false\n');
  const entries = readdirSync(join(program, 'node_modules/.cache/coppice'));
  expect(entries.filter((entry) => entry.startsWith('c-'))).toHaveLength(1);
});

test('a package uses coppice once what it depends on has been installed, and does', async () => {
  const program = join(folder, 'installing');
  const inProgram = (name: string, text: string): void => {
    mkdirSync(join(program, name, '..'), { recursive: true });
    writeFileSync(join(program, name), text);
  };
  inProgram('node_modules/a/package.json', '{ "name": "a", "dependencies": { "b": "*" } }');
  inProgram('node_modules/a/index.js', 'exports.run = (work) => work();');
  inProgram(
    'main.mjs',
    `import a from 'a';
    import { sleep, spawn } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
    await spawn(() => a.run(() => sleep(1)));
    console.log('done');`,
  );
  const register = new URL('../../dist/register.js', import.meta.url).href;
  const pins = async (): Promise<boolean> => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', register, 'main.mjs'],
      { cwd: program },
    );
    expect(stdout).toBe('done\n');
    return stderr.includes('COPPICE_PINNED');
  };
  expect([await pins(), await pins()]).toEqual([true, true]);
  inProgram('node_modules/b/package.json', '{ "name": "b", "dependencies": { "coppice": "*" } }');
  expect([await pins(), await pins()]).toEqual([false, false]);
});

test('what is not compiled has the stacks that it has plain, whatever its map says', async () => {
  const map = { version: 3, sources: ['elsewhere.ts'], names: [], mappings: 'AAEA,AAEA,AAEA' };
  put(
    'lib.cjs',
    `exports.where = () => new Error('x').stack.split('\\n')[1];\n//# sourceMappingURL=lib.cjs.map\n`,
  );
  put('lib.cjs.map', JSON.stringify(map));
  put(
    'esm.mjs',
    `export const where = () => new Error('x').stack.split('\\n')[1];\n//# sourceMappingURL=lib.cjs.map\n`,
  );
  put(
    'stacks.mjs',
    `import lib from './lib.cjs'; import { where } from './esm.mjs'; console.log(lib.where()); console.log(where());`,
  );
  const register = ['--import', new URL('../../dist/register.js', import.meta.url).href];
  const file = join(folder, 'stacks.mjs');
  const [plain, compiled, wanted] = await Promise.all(
    [[], register, ['--enable-source-maps', ...register]].map((flags) =>
      promisify(execFile)(process.execPath, [...flags, file]),
    ),
  );
  expect(compiled).toEqual(plain);
  expect(plain!.stdout).not.toContain('elsewhere.ts');
  expect(wanted!.stdout).toContain('elsewhere.ts');
});
