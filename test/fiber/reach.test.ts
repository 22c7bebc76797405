/**
 * Which libraries are handed something that blocks, in every way that a test could think of; and that those which are
 * handed nothing of the kind are left as they are, however their methods are called.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judge } from '../../src/fiber/load/judge.ts';
import { readLoadOptions } from '../../src/fiber/load/options.ts';

let folder: string;
const put = (name: string, text: string): void => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
};

/** What each library is made of does not matter: it is a box. But its files have to be told apart. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coppice-reach-'));
  for (const name of ['lib', 'other', 'shared', 'outside']) {
    put(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    put(`node_modules/${name}/index.js`, 'exports.run = (f) => f();');
  }
  put('node_modules/uses-shared/package.json', '{"main":"index.js"}');
  put('node_modules/uses-shared/index.js', `const { run } = require('shared'); exports.go = run;`);
  put('node_modules/dynamic/package.json', '{"main":"index.js"}');
  put('node_modules/dynamic/index.js', `exports.load = (name) => require(name);`);
  put(
    'local/pure.mjs',
    'export const twice = (f) => [f(), f()]; export const give = (x) => x; export let kept; export function keep(x) { kept = x; }',
  );
  put(
    'local/blocks.mjs',
    `import { sleep } from 'coppice'; export const nap = (ms) => sleep(ms); export class Repo { get(id) { sleep(id); return id; } name = 'x'; }`,
  );
  put('local/data.json', '{"a":1}');
});
afterAll(() => rmSync(folder, { recursive: true }));

const HEAD = `import * as coppice from 'coppice'; import { sleep, spawn, Queue, fetchSync, readLine } from 'coppice';
import lib from 'lib'; import { run } from 'lib'; import other from 'other'; import { createRequire } from 'node:module';
const require = createRequire(import.meta.url); const block = () => sleep(1);\n`;

function isReached(text: string, name = 'lib', exclude: string[] = []): boolean {
  put('program.mjs', HEAD + text);
  const options = { ...readLoadOptions(''), include: ['/node_modules/'], exclude, cache: false };
  const { files, reached, reason } = judge([join(folder, 'program.mjs')], options);
  for (const path of files.keys())
    if (reason?.includes('too big')) throw new Error('too big');
    else if (path.includes(`/node_modules/${name}/`)) return reached.has(path);
  throw new Error(`${name} was not found`);
}

/** Each line hands something that blocks to `lib`. */
const REACHES: Record<string, string> = {
  'a function': `lib.run(block);`,
  'a blocking call itself': `lib.run(sleep);`,
  'by a named import': `run(() => sleep(1));`,
  'by a name for it': `const r = lib.run; r(block);`,
  'by call': `lib.run.call(null, block);`,
  'by apply': `lib.run.apply(null, [block]);`,
  'by Reflect.apply': `Reflect.apply(lib.run, null, [block]);`,
  'by bind': `lib.run.bind(null, block)();`,
  'a bound function': `lib.run(block.bind(null));`,
  'by spread': `const all = [block]; lib.run(...all);`,
  'by an array': `lib.run([block]);`,
  'by pushing': `const all = []; all.push(block); lib.run(all);`,
  'pushed later': `const all = []; lib.run(all); all.push(block);`,
  'by index': `const all = []; lib.run(all); all[0] = block;`,
  'in a Map': `const m = new Map(); m.set('a', block); lib.run(m);`,
  'out of a Map': `const m = new Map([['a', block]]); lib.run(m.get('a'));`,
  'out of the pairs of a Map': `const m = new Map([['a', block]]); for (const [k, f] of m) lib.run(f);`,
  'out of Object.entries': `for (const [k, f] of Object.entries({ a: block })) lib.run(f);`,
  'out of Object.values': `Object.values({ a: block }).forEach((f) => lib.run(f));`,
  'a Set': `lib.run(new Set([block]));`,
  'a property': `lib.run({ a: { b: block } });`,
  'a property that comes later': `const o = {}; lib.run(o); o.later = block;`,
  'under a computed key': `const o = {}; lib.run(o); o[Math.random()] = block;`,
  'a computed key in a literal': `lib.run({ ['a' + 1]: block });`,
  'by Object.assign': `lib.run(Object.assign({}, { block }));`,
  'by Object.assign of what it has': `const o = {}; lib.run(o); Object.assign(o, { block });`,
  'by spreading an object': `const o = { block }; lib.run({ ...o });`,
  'by Object.defineProperty': `const o = {}; Object.defineProperty(o, 'a', { value: block }); lib.run(o);`,
  'by a defined getter': `const o = {}; Object.defineProperty(o, 'a', { get() { return sleep(1); } }); lib.run(o);`,
  'by Object.create': `lib.run(Object.create({ block }));`,
  'by a prototype': `const o = {}; Object.setPrototypeOf(o, { block }); lib.run(o);`,
  'by __proto__': `const o = {}; o.__proto__ = { block }; lib.run(o);`,
  'a getter': `lib.run({ get row() { return sleep(1); } });`,
  'a setter': `lib.run({ set row(x) { sleep(x); } });`,
  'a toString': `lib.run({ toString() { sleep(1); return ''; } });`,
  'an iterator': `lib.run({ *[Symbol.iterator]() { sleep(1); yield 1; } });`,
  'a generator': `function* g() { sleep(1); yield 1; } lib.run(g());`,
  'a method of a class': `class A { m() { sleep(1); } } lib.run(new A());`,
  'a static method': `class A { static m() { sleep(1); } } lib.run(A);`,
  'a private method behind a plain one': `class A { #m() { sleep(1); } m() { this.#m(); } } lib.run(new A());`,
  'a method of a superclass': `class A { m() { sleep(1); } } class B extends A {} lib.run(new B());`,
  'a constructor': `class A { constructor() { sleep(1); } } lib.run(A);`,
  'a constructor of old': `function A() {} A.prototype.m = function () { sleep(1); }; lib.run(new A());`,
  'a field': `class A { f = () => sleep(1); } lib.run(new A());`,
  'a field that is set in the constructor': `class A { constructor(f) { this.f = f; } } lib.run(new A(block));`,
  'a field that is set by a method': `class A { set(f) { this.f = f; } } const a = new A(); lib.run(a); a.set(block);`,
  'a subclass of its class': `class A extends lib.Base { m() { sleep(1); } } new A();`,
  'a subclass with a constructor': `class A extends lib.Base { constructor() { super(); } m() { sleep(1); } } new A();`,
  'by super': `class A extends lib.Base { constructor() { super(block); } } new A();`,
  'by its constructor': `new lib.Thing(block);`,
  'by a property of its': `lib.hook = block;`,
  'by a property of what it gave': `const made = lib.make(); made.options.hook = block;`,
  'by a method of what it gave': `lib.make().on('x', block);`,
  'by what a callback of its is given': `lib.each((item) => { item.hook = block; });`,
  'by what a callback of its gives': `lib.each(() => block);`,
  'by what a callback of its throws': `lib.each(() => { throw block; });`,
  'by a callback in a callback': `lib.each(() => ({ next: () => block }));`,
  'by an async callback': `lib.each(async () => block);`,
  'by a promise': `lib.run(Promise.resolve(block));`,
  'by a promise of its own': `lib.run(new Promise((resolve) => resolve(block)));`,
  'by then': `Promise.resolve(block).then(lib.run);`,
  'by then, in a callback': `Promise.resolve(block).then((f) => lib.run(f));`,
  'by await': `const f = await Promise.resolve(block); lib.run(f);`,
  'by an async function': `async function f() { return block; } lib.run(await f());`,
  'by a thenable': `const f = await { then(done) { done(block); } }; lib.run(f);`,
  'as a callback of a built-in': `[block].map(lib.run);`,
  'by reduce': `lib.run([block].reduce((all, f) => ({ f }), {}));`,
  'as what reduce begins with': `lib.run([1].reduce((all) => all, block));`,
  'as this of a callback': `[1].map(function () { lib.run(this); }, block);`,
  'by sort': `lib.run([block].sort());`,
  'by flat': `lib.run([[block]].flat());`,
  'by Array.from': `lib.run(Array.from([1], () => block));`,
  'by filter': `lib.run([block].filter(Boolean)[0]);`,
  'by find': `lib.run([block].find(() => true));`,
  'by slice of arguments': `function f() { lib.run(Array.prototype.slice.call(arguments)); } f(block);`,
  'by arguments': `function f() { lib.run(arguments[0]); } f(block);`,
  'by rest': `function f(...all) { lib.run(all[0]); } f(block);`,
  'by a default': `function f(g = block) { lib.run(g); } f();`,
  'by destructuring': `const { a: [f] } = { a: [block] }; lib.run(f);`,
  'by destructuring in a parameter': `(({ f }) => lib.run(f))({ f: block });`,
  'by rest of an object': `const { a, ...others } = { a: 1, f: block }; lib.run(others);`,
  'by a swap': `let a = block, b; [b, a] = [a, b]; lib.run(b);`,
  'by a loop': `for (const f of [block]) lib.run(f);`,
  'by a loop over what is there': `const o = { f: block }; for (const k in o) lib.run(o[k]);`,
  'by a choice': `lib.run(Math.random() > 2 ? null : block);`,
  'by or': `lib.run(null || block);`,
  'by an assignment': `let f; f ??= block; lib.run(f);`,
  'by an assignment before': `let f = block; f ||= 1; lib.run(f ||= 2);`,
  'by a closure': `const make = () => () => sleep(1); lib.run(make());`,
  'by a closure over a parameter': `const make = (f) => () => f; lib.run(make(block));`,
  'by a tag': `lib.tag\`\${block}\`;`,
  'by a tag of its own': `const tag = (strings, f) => lib.run(f); tag\`\${block}\`;`,
  'by a comma': `lib.run((0, block));`,
  'by optional chaining': `lib?.run?.(block);`,
  'by a generator that yields': `function* g() { yield block; } for (const f of g()) lib.run(f);`,
  'by next of a generator': `function* g() { lib.run(yield 1); } const i = g(); i.next(); i.next(block);`,
  'by yield*': `function* a() { yield block; } function* b() { yield* a(); } lib.run([...b()]);`,
  'by an error': `try { throw block; } catch (error) { lib.run(error); }`,
  'by a cause': `lib.run(new Error('x', { cause: block }));`,
  'by the global object': `globalThis.hook = block; lib.run(1);`,
  'by a global variable': `global.x = 1; Object.assign(globalThis, { hook: block });`,
  'by a prototype of the language': `Array.prototype.hook = block;`,
  'by a defined property of a prototype': `Object.defineProperty(String.prototype, 'hook', { get() { return block; } });`,
  'by a module of Node': `import fs from 'node:fs'; fs.hook = block;`,
  'by the process': `process.hook = block;`,
  'by a proxy': `lib.run(new Proxy({}, { get: block }));`,
  'by an emitter': `import { EventEmitter } from 'node:events'; const e = new EventEmitter(); e.on('x', block); lib.run(e);`,
  'by an emitter that it has already': `import { EventEmitter } from 'node:events'; const e = new EventEmitter(); lib.run(e); e.on('x', block);`,
  'by a class that is an emitter': `import { EventEmitter } from 'node:events'; class E extends EventEmitter {} const e = new E(); lib.run(e); e.on('x', block);`,
  'by promisify': `import { promisify } from 'node:util'; lib.run(promisify(block));`,
  'by a WeakMap': `const w = new WeakMap(); w.set(lib, block); lib.run(w);`,
  'by a timer': `setTimeout((f) => lib.run(f), 1, block);`,
  'by JSON': `lib.run(JSON.parse('{}', () => block));`,
  'something put into JSON': `const o = JSON.parse('{}'); o.hook = block; lib.run(o);`,
  'something put into JSON that was imported': `const o = require('./local/data.json'); o.hook = block; lib.run(o);`,
  'something put into what structuredClone gave': `const o = structuredClone({}); o.hook = block; lib.run(o);`,
  'something put into what a fetch gave': `const o = fetchSync('http://x').json(); o.hook = block; lib.run(o);`,
  'a queue': `lib.run(new Queue());`,
  'a thread': `lib.run(spawn(() => 1));`,
  'a response': `lib.run(fetchSync('http://x'));`,
  'the whole package': `lib.run(coppice);`,
  'the whole package, imported': `lib.run(await import('coppice'));`,
  'a function out of a queue': `const q = new Queue(); q.put(block); lib.run(q.get());`,
  'an object out of a queue': `const q = new Queue(); q.put({ f: block }); lib.run(q.get());`,
  'what a thread gave': `const t = spawn(() => block); lib.run(t.get());`,
  'an argument of a thread': `spawn((f) => lib.run(f), block);`,
  'by what a thread is told': `import { receive } from 'coppice'; const t = spawn(() => lib.run(receive())); t.send(block);`,
  'a definition of its own': `const q = coppice.defineBlocking('x.y', async () => 1); lib.run(q);`,
  'what a definition of its own gives': `const q = coppice.defineBlocking('x.y', async () => block); lib.run(q());`,
  'a blocking module': `const db = coppice.blocking(new URL('./local/pure.mjs', import.meta.url)); lib.run(db);`,
  'what a blocking module gives': `const db = coppice.blocking(new URL('./local/blocks.mjs', import.meta.url)); lib.run(new db.Repo());`,
  'what a blocking module of a computed name gives': `const db = coppice.blocking(new URL('./local/' + name, import.meta.url)); lib.run(db.rows());`,
  'a function of another file': `import { nap } from './local/blocks.mjs'; lib.run(nap);`,
  'an object of another file': `import { Repo } from './local/blocks.mjs'; lib.run(new Repo());`,
  'all of another file': `import * as blocks from './local/blocks.mjs'; lib.run(blocks);`,
  'another file, imported': `lib.run(await import('./local/blocks.mjs'));`,
  'another file, imported, by then': `import('./local/blocks.mjs').then(({ nap }) => lib.run(nap));`,
  'through a pure file': `import { give } from './local/pure.mjs'; lib.run(give(block));`,
  'through a pure file that keeps it': `import { keep, kept } from './local/pure.mjs'; keep(block); lib.run(kept);`,
  'through another library': `lib.run(other.get(block));`,
  'through another library that keeps it': `other.keep(block); lib.run(other.all());`,
  'through a callback of another library': `other.keep(block); other.each((f) => lib.run(f));`,
  'by handing it another library': `other.keep(block); lib.run(other);`,
  'by handing another library to it later': `lib.run(other); other.keep(block);`,
  'by the library in a blocking object': `const q = new Queue(); q.put(lib); q.get().run(block);`,
  eval: `eval('lib.run(block)');`,
  'a file that nobody knows': `await import('./' + process.argv[2]);`,
  'a setter of the program': `const o = { set f(g) { lib.run(g); } }; o.f = block;`,
  'a setter of a class': `class A { set f(g) { lib.run(g); } } new A().f = block;`,
  'a getter of the program': `const o = { get f() { return block; } }; lib.run(o.f);`,
  'a static block': `class A { static { lib.run(block); } }`,
  'an accessor of a superclass': `class A { get f() { return this.g; } } class B extends A { g = block; } lib.run(new B().f);`,
  'a call by this': `const o = { go() { lib.run(this.f); }, f: block }; o.go();`,
  'a call by this, elsewhere': `function go() { lib.run(this.f); } go.call({ f: block });`,
  'a name that a block hides': `let f = block; function g() { { let f = 1; } lib.run(f); } g();`,
  'a name that a catch hides': `let f = block; function g() { try { } catch (f) { } lib.run(f); } g();`,
  'a label': `a: for (;;) { lib.run(block); break a; }`,
  'a switch': `switch (1) { case 1: lib.run(block); }`,
  'new.target': `function A() { lib.run(new.target); } A.prototype.m = block; new A();`,
  'its own class, by the instance': `class A { m() { sleep(1); } } const a = new A(); lib.run(a.constructor);`,
};

describe('something that blocks comes to a library', () => {
  test.each(Object.entries(REACHES))('%s', (_name, text) => expect(isReached(text)).toBe(true));
});

/** Each line hands `lib` nothing that blocks. */
const STAYS: Record<string, string> = {
  nothing: `block();`,
  'a text': `lib.run('x');`,
  'a text in a fiber': `spawn(() => { block(); lib.run('x'); });`,
  'a text that was read': `const line = readLine(); lib.run(line.trim());`,
  'a text of a response': `lib.run(fetchSync('http://x').text());`,
  options: `lib.run('x', { get: true, join: { run: 1 } });`,
  'a callback that does not block': `lib.run((x) => x + 1);`,
  'a callback that is async': `lib.run(async () => { await 1; });`,
  'a field of an object that blocks': `class A { constructor(t) { this.t = t; } get() { sleep(1); return this.t; } } lib.run(new A('x').get());`,
  'what a thread gave': `const t = spawn(() => 'x'); lib.run(t.get());`,
  'a text that was queued': `const q = new Queue(); q.put('x'); lib.run(q.get());`,
  'what fibers gave, together': `const all = [1, 2].map((n) => spawn(() => { sleep(n); return 'x'; })); lib.run(all.map((t) => t.get()).join(''));`,
  'texts that were fetched by a callback': `lib.run(['a'].map((u) => fetchSync(u).text()).join(''));`,
  'texts one by one': `for (const u of ['a']) { const t = fetchSync(u).text(); lib.run(t); }`,
  'by another library': `lib.run(other.get('x'));`,
  'while another library blocks': `other.run(block); lib.run('x');`,
  JSON: `lib.run(JSON.parse('{}'));`,
  'an error': `try { block(); } catch (error) { lib.run(error.message); }`,
  'what is logged': `console.log(spawn(block), lib.run('x'));`,
};

describe('nothing that blocks comes to a library', () => {
  test.each(Object.entries(STAYS))('%s', (_name, text) => expect(isReached(text)).toBe(false));
});

test('libraries that load one another are one', () => {
  expect(isReached(`import u from 'uses-shared'; u.go(block);`, 'shared')).toBe(true);
  expect(isReached(`import u from 'uses-shared'; u.go('x');`, 'shared')).toBe(false);
});

test('a package out of scope may know every library', () => {
  expect(isReached(`import o from 'outside'; o.run(block);`, 'lib', ['outside'])).toBe(true);
  expect(isReached(`import o from 'outside'; o.run('x');`, 'lib', ['outside'])).toBe(false);
});

test('a library that loads what it is told may load the program', () => {
  expect(isReached(`import d from 'dynamic'; export { block };`, 'dynamic')).toBe(true);
});
