/** A program of several files prints compiled what it prints plain, however its files load each other. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const register = ['--import', new URL('../../dist/register.js', import.meta.url).href];

/** Each is the files of one program; the first is started. */
const programs: Record<string, Record<string, string>> = {
  'names of CommonJS, as compilers write them': {
    'main.mjs': `import * as all from './all.cjs'; import { made } from './all.cjs'; console.log(Object.keys(all).sort().join(), made(), all.got);`,
    'all.cjs': `const { sleep } = require('coppice'); exports.__esModule = true; var _own = require('./own.cjs');
      Object.keys(_own).forEach(function (key) { if (key === "default" || key === "__esModule") return; if (key in exports && exports[key] === _own[key]) return; Object.defineProperty(exports, key, { enumerable: true, get: function () { return _own[key]; } }); });
      Object.defineProperty(exports, "got", { enumerable: true, get: function () { return _own.later; } }); sleep(1);`,
    'own.cjs': `const { sleep } = require('coppice'); exports.made = () => { sleep(1); return 'made'; }; exports.later = 2; 0 && (module.exports = { hinted: 1 });`,
  },
  'an ES module that blocks at its top, required': {
    'main.cjs': `const { sleep } = require('coppice'); sleep(1); const { a, f } = require('./a.mjs'); console.log(a, f(), require('./a.mjs').a === a); import('./a.mjs').then((m) => console.log(m.a));`,
    'a.mjs': `import { sleep } from 'coppice'; import { b } from './b.mjs'; sleep(1); export const a = b + 1; export const f = () => { sleep(1); return 'f'; };`,
    'b.mjs': `import { sleep } from 'coppice'; const wait = () => { sleep(1); return 1; }; export const b = wait();`,
  },
  'an ES module that is required by a name that no text shows': {
    'main.cjs': `const { sleep } = require('coppice'); sleep(1); const name = './' + 'a.mjs'; console.log(require(name).a); import('./' + 'd.mjs').then((m) => console.log(m.d));`,
    'a.mjs': `import { sleep } from 'coppice'; import { b } from './b.mjs'; sleep(1); export const a = b + 1;`,
    'b.mjs': `import { sleep } from 'coppice'; export { c as b } from './c.mjs'; const wait = () => { sleep(1); }; wait();`,
    'c.mjs': `import { sleep } from 'coppice'; export const c = sleep(1) ?? 1;`,
    'd.mjs': `import { sleep } from 'coppice'; import { c } from './c.mjs'; sleep(1); export const d = c + 1;`,
  },
  'a module that was imported first, and is required': {
    'main.mjs': `import { a } from './a.mjs'; import { createRequire } from 'node:module'; const { again } = createRequire(import.meta.url)('./c.cjs'); console.log(a, again());`,
    'a.mjs': `import { sleep } from 'coppice'; sleep(1); export const a = {};`,
    'c.cjs': `const { a } = require('./a.mjs'); exports.again = () => typeof a;`,
  },
  'what an ES module imports that is required, by a name that no text says': {
    'main.mjs': `import { sleep } from 'coppice'; import { createRequire } from 'node:module'; sleep(1); const lib = './lib.cjs'; console.log(createRequire(import.meta.url)(lib).value(), await import('./' + 'late.mjs').then((m) => m.late));`,
    'lib.cjs': `exports.value = () => require('./a.mjs').a;`,
    'a.mjs': `import { b } from './b.mjs'; import { sleep } from 'coppice'; sleep(1); export const a = b() + 1;`,
    'b.mjs': `import { sleep } from 'coppice'; export * from './c.mjs'; sleep(1); export const b = () => { sleep(0); return 41; };`,
    'c.mjs': `import { sleep } from 'coppice'; sleep(1); export const c = 1;`,
    'late.mjs': `import { sleep } from 'coppice'; sleep(1); export const late = 'late';`,
  },
  'without an extension or a type': {
    'main.js': `const { sleep } = require('coppice'); sleep(1); console.log(require('./module.js').x, require('./common').y, __filename.length > 0);`,
    'module.js': `import { sleep } from 'coppice'; sleep(1); export const x = import.meta.url.slice(-9);`,
    'common.js': `const { sleep } = require('coppice'); sleep(1); exports.y = typeof module;`,
  },
  'circles of ES modules': {
    'main.mjs': `import { a } from './a.mjs'; import { b } from './b.mjs'; console.log(a(), b());`,
    'a.mjs': `import { sleep } from 'coppice'; import { b } from './b.mjs'; export function a() { sleep(1); return 'a' + typeof b; } console.log('a', b());`,
    'b.mjs': `import { sleep } from 'coppice'; import { a } from './a.mjs'; export function b() { sleep(1); return 'b' + typeof a; } console.log('b', a());`,
  },
  'circles of CommonJS': {
    'main.cjs': `const { sleep } = require('coppice'); exports.early = 1; const a = require('./a.cjs'); sleep(1); console.log(a.seen, require.main === module, module.children.length);`,
    'a.cjs': `const { sleep } = require('coppice'); exports.seen = Object.keys(require('./main.cjs')); sleep(1); exports.after = 1;`,
  },
  'loading in a function that blocks': {
    'main.mjs': `import { sleep } from 'coppice'; import { createRequire } from 'node:module'; import data from './data.json' with { type: 'json' }; const require = createRequire(import.meta.url);
      function load() { sleep(1); return [require('./lib.cjs').value, require('./data.json').n, data.n]; } console.log(load()); const lazy = async (name) => { sleep(1); return (await import(name)).value; }; console.log(await lazy('./lib.cjs'), await lazy('./lib.mjs')); try { require('./broken.cjs'); } catch (e) { console.log(e.message); } try { require('./broken.cjs'); } catch (e) { console.log(e.message); } try { await import('./none.mjs'); } catch (e) { console.log(e.code); } try { require('./none.cjs'); } catch (e) { console.log(e.code); }`,
    'data.json': `{ "n": 5 }`,
    'lib.cjs': `const { sleep } = require('coppice'); sleep(1); console.log('lib'); exports.value = sleep(1) ?? 'cjs';`,
    'lib.mjs': `import { sleep } from 'coppice'; sleep(1); await null; sleep(1); export const value = 'esm';`,
    'broken.cjs': `const { sleep } = require('coppice'); sleep(1); throw new Error('broken ' + (global.times = (global.times ?? 0) + 1));`,
  },
  'a package with exports, through a link': {
    'main.mjs': `import { one } from 'linked'; import two from 'linked/two'; import { createRequire } from 'node:module'; console.log(one(), two(), createRequire(import.meta.url)('linked').one());`,
    'pack/package.json': `{ "name": "linked", "dependencies": { "coppice": "*" }, "exports": { ".": { "import": "./one.mjs", "require": "./one.cjs" }, "./two": "./two.cjs" } }`,
    'pack/one.mjs': `import { sleep } from 'coppice'; export const one = () => { sleep(1); return 'one esm'; };`,
    'pack/one.cjs': `const { sleep } = require('coppice'); exports.one = () => { sleep(1); return 'one cjs'; };`,
    'pack/two.cjs': `const { sleep } = require('coppice'); module.exports = () => { sleep(1); return 'two'; };`,
  },
};

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'coppice-loading-'));
  mkdirSync(join(scratch, 'node_modules'));
  symlinkSync(root, join(scratch, 'node_modules/coppice'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

async function run(file: string, flags: string[], settings: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, file], {
    timeout: 60_000,
    env: {
      ...process.env,
      COPPICE_FIBERS: settings,
      NODE_OPTIONS: '--disable-warning=COPPICE_PINNED',
    },
  });
  return stdout + stderr.replace(/\(.*\n|.*ExperimentalWarning.*\n|.*MODULE_TYPELESS.*\n/g, '');
}

test.each(Object.entries(programs))('%s', async (name, files) => {
  const folder = join(scratch, name.replaceAll(/\W/g, '-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  if ('pack/package.json' in files) {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(folder, 'pack'), join(folder, 'node_modules/linked'));
  }
  const main = join(folder, Object.keys(files)[0]!);
  const plain = await run(main, [], '');
  for (const world of ['closed', 'all', 'open']) {
    const settings = JSON.stringify({ world, cache: false });
    expect({ world, printed: await run(main, register, settings) }).toEqual({
      world,
      printed: plain,
    });
  }
  expect(plain).not.toBe('');
});

test('a module that was imported first cannot be required by a name that no text shows, and the error says what to do', async () => {
  const folder = join(scratch, 'imported-first');
  mkdirSync(folder);
  const files = {
    'main.mjs': `import './a.mjs'; import { createRequire } from 'node:module'; const name = './' + 'a.mjs'; try { createRequire(import.meta.url)(name); } catch (error) { console.log(error.code, error.message, error.stack); }`,
    'a.mjs': `import { sleep } from 'coppice'; sleep(1);`,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  expect(await run(join(folder, 'main.mjs'), [], '')).toBe('');
  const printed = await run(join(folder, 'main.mjs'), register, '');
  expect(printed).toMatch(/^ERR_REQUIRE_ASYNC_MODULE /);
  expect(printed.match(/--exclude/g)).toHaveLength(2);
});
