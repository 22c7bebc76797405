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
  'a descriptor in a variable': [
    `const how = { get() { sleep(1) } }; Object.defineProperty(o, 'x', how)`,
    ['x'],
  ],
  'a descriptor that is built up in a variable': [
    `function f(o) { let how; how = { enumerable: true }; how.set = (v) => sleep(v); Object.defineProperty(o, 'x', how) }`,
    ['x'],
  ],
  'descriptors that are built up in a variable': [
    `const how = { x: {}, y: {} }; how.x.get = function () { sleep(1) }; Object.defineProperties(o, how)`,
    ['x'],
  ],
  'a descriptor in a parameter': [
    `function define(o, how) { Object.defineProperty(o, 'x', how) } define({}, { get() { sleep(1) } })`,
    'any',
  ],
  'a descriptor in a variable that somebody else gets': [
    `const how = { x: {} }; how.x.get = function () { sleep(1) }; f(how); Object.defineProperties(o, how)`,
    'any',
  ],
  'a descriptor in a variable, stored into under a computed name': [
    `const how = {}; how[key] = { get() { sleep(1) } }; Object.defineProperties(o, how)`,
    'any',
  ],
  'a descriptor in an exported variable': [
    `const how = { x: {} }; how.x.get = function () { sleep(1) }; exports.how = how; Object.defineProperties(o, how)`,
    'any',
  ],
  'a descriptor in two variables of one name': [
    `const how = {}; function f() { const how = { get() { sleep(1) } }; g(how) } Object.defineProperty(o, 'x', how)`,
    'any',
  ],
  'a function that is known by its name': [
    `function load() { sleep(1) } Object.defineProperty(o, 'x', { get: load })`,
    ['x'],
  ],
  'a function that something gives': [
    `const load = make(() => sleep(1)); Object.defineProperty(o, 'x', { get: lazily(load) })`,
    ['x'],
  ],
  'a function that is known by its name, in a descriptor from elsewhere': [
    `function load() { sleep(1) } f({ get: load }); function f(how) { Object.defineProperty(o, 'x', how) }`,
    'any',
  ],
  'the old way': [
    `o.__defineGetter__('x', function () { sleep(1) }); o.__defineSetter__('y', load); function load() { sleep(1) }`,
    ['x', 'y'],
  ],
  'the old way, under a name that only run time knows': [
    `o.__defineGetter__(key, () => sleep(1))`,
    'any',
  ],
  'defineProperty by another name': [
    `var define = Object.defineProperty; define(o, 'x', { get: () => sleep(1) })`,
    ['x'],
  ],
  'a symbol': [`class A { get [Symbol.toStringTag]() { return sleep(1) } }`, ['@@']],
  'a computed name': [`class A { get [name]() { return sleep(1) } }`, 'any'],
  'somebody else who defines properties': [
    `lib.defineProperty(o, 'x', { get() { sleep(1) } })`,
    ['x'],
  ],
  'a getter that only passes on what stands under its own name': [
    `class A { get row() { sleep(1) } } ` +
      `Object.keys(m).forEach(function (k) { Object.defineProperty(exports, k, { enumerable: true, get: function () { return m[k]; } }); });`,
    ['row'],
  ],
  'a getter that passes on what stands under another name': [
    `class A { get row() { sleep(1) } } function f(k, other) { Object.defineProperty(o, k, { get: () => m[other] }) }`,
    'any',
  ],
  'a getter that passes on what stands under the name that its variable will hold': [
    `class A { get row() { sleep(1) } } for (var k in m) Object.defineProperty(o, k, { get: () => m[k] })`,
    'any',
  ],
  'what esbuild writes to pass on': [
    `class A { get row() { sleep(1) } } var __defProp = Object.defineProperty; ` +
      `var copy = (to, from) => { for (let key of names(from)) __defProp(to, key, { get: () => from[key], enumerable: true }); };`,
    ['row'],
  ],
  'what rolldown writes to pass on': [
    `class A { get row() { sleep(1) } } var __defProp = Object.defineProperty; ` +
      `function copy(to, from, keys, i) { var key = keys[i]; __defProp(to, key, { get: ((k) => from[k]).bind(null, key) }); }`,
    ['row'],
  ],
  'what TypeScript writes to pass on': [
    `class A { get row() { sleep(1) } } var __createBinding = (function(o, m, k, k2) { if (k2 === undefined) k2 = k; ` +
      `var desc = Object.getOwnPropertyDescriptor(m, k); if (!desc || ("get" in desc ? !m.__esModule : desc.writable)) ` +
      `{ desc = { enumerable: true, get: function() { return m[k]; } }; } Object.defineProperty(o, k2, desc); }); ` +
      `__createBinding(exports, a, "row"); __createBinding(exports, a, "row", "line"); __createBinding(exports, a, "b", "c");`,
    ['row', 'line'],
  ],
  'descriptors copied, each under its own name': [
    `class A { get row() { sleep(1) } } Object.defineProperties(o, Object.getOwnPropertyDescriptors(p)); ` +
      `names.forEach((name) => Object.defineProperty(o, name, Object.getOwnPropertyDescriptor(p, name)));`,
    ['row'],
  ],
  'a descriptor copied under another name': [
    `class A { get row() { sleep(1) } } Object.defineProperty(o, 'line', Object.getOwnPropertyDescriptor(A.prototype, 'row'))`,
    ['row', 'line'],
  ],
  'what Babel writes for a class': [
    `function _create(target, props) { for (var i = 0; i < props.length; i++) { var d = props[i]; ` +
      `Object.defineProperty(target, _toPropertyKey(d.key), d); } } var store = { get: function () { sleep(1) } }; ` +
      `_create(A.prototype, [{ key: 'row', get: function get() { sleep(1) } }, { key: 'm', value: function m() {} }]);`,
    ['row'],
  ],
  'what Babel writes for a class, by a helper of another file': [
    `_createClass(A, [{ key: 'row', get: function get() { sleep(1) } }])`,
    ['row'],
  ],
  'what Babel writes for a class, under a name that only run time knows': [
    `function define(target, d) { Object.defineProperty(target, d.key, d); } ` +
      `define(A, { key: name, get: function get() { sleep(1) } });`,
    'any',
  ],
  'descriptors that are given their names': [
    `function define(target, d) { d.key = 'x'; Object.defineProperty(target, d.key, d); } ` +
      `define(A, { get: function () { sleep(1) } });`,
    'any',
  ],
  'what a bundler exports': [
    `var __defProp = Object.defineProperty; ` +
      `var __export = (target, all) => { for (var name in all) __defProp(target, name, { get: all[name], enumerable: true }); }; ` +
      `__export(exports, { row: () => sleep(1), line: load, plain: () => plain }); ` +
      `function load() { sleep(1) } const other = { word: () => sleep(1) };`,
    ['row', 'line'],
  ],
  'what a bundler exports, from a variable': [
    `function lazy(target, all) { for (const name in all) Object.defineProperty(target, name, { get: all[name] }); } ` +
      `const table = { row: () => sleep(1) }; lazy(exports, table);`,
    ['get', 'row'],
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
    const found = worldOf(source).accessors;
    expect(found === 'any' ? found : found.toSorted()).toEqual(
      expected === 'any' ? expected : expected.toSorted(),
    );
  });
}

test("somebody's own function that is called create takes no descriptors", () => {
  const data = worldOf(`function create(o, how) {} create(o, { api: { get() { sleep(1) } } })`);
  expect(data.blocking).toContain('.get');
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
