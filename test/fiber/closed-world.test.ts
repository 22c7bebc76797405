import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { closeWorld, type WorldData } from '../../src/fiber/analyze/closed-world.ts';
import { collectFacts } from '../../src/fiber/analyze/facts.ts';
import { parseSource } from '../../src/fiber/compile/ast.ts';
import { FileCompiler, planOf } from '../../src/fiber/load/compile-file.ts';
import { judge } from '../../src/fiber/load/judge.ts';
import { Trees } from '../../src/fiber/load/trees.ts';

function worldOf(source: string): WorldData {
  return closeWorld([collectFacts(parseSource(source, 'commonjs'))], ['sleep']);
}

const accessors: Record<string, [source: string, expected: WorldData['accessors']]> = {
  'a method that is called get, beside what a compiler writes': [
    `Object.defineProperty(exports, '__esModule', { value: true }); class Repo { get(id) { sleep(id) } }`,
    [],
  ],
  'a descriptor as it is written out': [
    `Object.defineProperty(o, 'row', { enumerable: true, get() { sleep(1) } })`,
    ['row'],
  ],
  'a descriptor under a name that only run time knows': [
    `Object.defineProperty(o, key, { get: function () { sleep(1) } })`,
    'any',
  ],
  'several descriptors': [
    `Object.defineProperties(o, { a: { get() { sleep(1) } }, b: { value: 1 }, c: { set: (v) => sleep(v) } })`,
    ['a', 'c'],
  ],
  'the descriptors of a new object': [`Object.create(p, { a: { get() { sleep(1) } } })`, ['a']],
  'a descriptor from elsewhere': [
    `const how = { get() { sleep(1) } }; Object.defineProperty(o, 'x', how)`,
    'any',
  ],
  'descriptors from elsewhere': [
    `const how = { x: {} }; how.x.get = function () { sleep(1) }; Object.defineProperties(o, how)`,
    'any',
  ],
  'what a descriptor takes along': [
    `const how = { get() { sleep(1) } }; Object.defineProperty(o, 'x', { ...how })`,
    'any',
  ],
  'an object without descriptors': [
    `const o = Object.create(null); const c = { get() { sleep(1) } }`,
    [],
  ],
};

for (const [name, [source, expected]] of Object.entries(accessors)) {
  test(`which properties may block: ${name}`, () => {
    expect(worldOf(source).accessors).toEqual(expected);
  });
}

test("somebody's own function that is called create takes no descriptors", () => {
  const data = worldOf(`function create(o, how) {} create(o, { api: { get() { sleep(1) } } })`);
  expect(data.blocking).toContain('get');
});

function program(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-world-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('what was parsed to be analysed compiles to the same as what was not, and what cannot block is left alone', () => {
  const folder = program({
    'app.mjs': `import { sleep } from 'coppice'; import { leaf } from './leaf.mjs'; import './bound.cjs'; sleep(leaf(1));`,
    'leaf.mjs': 'export const leaf = (x) => x + 1;',
    'bound.cjs': 'function f() {} exports.bound = f.bind(null);',
  });
  const options = { include: [], exclude: [], world: 'closed', cache: false } as const;
  const settings = { ...options, include: [], exclude: [] };
  const trees = new Trees();
  const plan = planOf(settings, judge([join(folder, 'app.mjs')], settings, trees));
  const compiled = (name: string, from: Trees): string | null => {
    const path = join(folder, name);
    const format = name.endsWith('.mjs') ? 'module' : 'commonjs';
    const compiler = new FileCompiler(plan, 'runtime', from);
    return compiler.compile(pathToFileURL(path).href, readFileSync(path, 'utf8'), [format]);
  };
  for (const name of ['app.mjs', 'leaf.mjs', 'bound.cjs']) {
    expect(compiled(name, trees)).toBe(compiled(name, new Trees()));
  }
  expect(compiled('app.mjs', trees)).toContain('sleep');
  expect(compiled('leaf.mjs', trees)).toBe(null);
  // What is bound may come to be called where it can suspend.
  expect(compiled('bound.cjs', trees)).toContain('bind');
});
