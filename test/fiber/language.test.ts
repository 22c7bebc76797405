import { expect, test } from 'vitest';
import { runCompiled, runPlain } from './harness.ts';
import { programs } from './programs.ts';

/** The same body in every kind of function that holds statements. */
const places: Record<string, (body: string) => string> = {
  'a sloppy function': (body) => `exports.main = function main() {${body}\n}`,
  'a strict function': (body) => `'use strict'; exports.main = function main() {${body}\n}`,
  'an async function': (body) => `exports.main = async function main() {${body}\n}`,
  'an arrow function': (body) =>
    `exports.main = function () { const f = () => {${body}\n}; return f() }`,
  'a method': (body) =>
    `class Q { m() {${body}\n} } exports.main = function () { return new Q().m() }`,
  'a getter': (body) =>
    `const q = { get m() {${body}\n} }; exports.main = function () { return q.m }`,
  'a constructor': (body) =>
    `class Q { constructor() { this.r = (() => {${body}\n})() } } exports.main = function () { return new Q().r }`,
  'a generator': (body) =>
    `function* g() {${body}\n} exports.main = function () { const r = g().next(); return r.value }`,
  'a callback': (body) =>
    `exports.main = function () { return [1].map(function () {${body}\n})[0] }`,
};

for (const [name, body] of Object.entries(programs)) {
  for (const [place, wrap] of Object.entries(places)) {
    test(`${name}, in ${place}`, async () => {
      const source = wrap(body);
      const plain = await runPlain(source);
      const compiled = await runCompiled(source);
      expect(compiled.output).toEqual(plain.output);
      // Sloppy forms are errors in strict code, plain and compiled alike.
      const invalid = plain.output[0]?.startsWith('! SyntaxError') ?? false;
      expect(invalid || compiled.waits + compiled.pins > 0).toBe(true);
    });
  }
}

/** Every place where a call can stand: none of these may pin. */
const suspending: Record<string, string> = {
  'a getter': 'const o = { get a() { return block(1) } }; return o.a',
  'a getter of a class': 'class A { get a() { return block(1) } } return new A().a',
  'a lazy chain':
    'class P { get author() { return this._ ??= block({ name: 1 }) } } return new P().author.name',
  'a setter': 'const o = { set a(v) { block(v) } }; o.a = 1; o.a += 1; o.a++',
  'a private method':
    'class A { #m() { return block(1) } m() { return this.#m() } } return new A().m()',
  'a private accessor':
    'class A { get #m() { return block(1) } m() { return this.#m } } return new A().m()',
  'a constructor': 'class A { constructor() { this.a = block(1) } } return new A().a',
  'a derived constructor':
    'class A { constructor() { this.a = block(1) } } class B extends A { constructor() { super(); this.b = block(2) } } return new B().b',
  'an inherited constructor':
    'class A { constructor() { this.a = block(1) } } class B extends A { f = 1 } return new B().a',
  'a parameter': 'function f(a = block(1)) { return a } return f()',
  'for…of over a generator': 'function* g() { yield block(1) } for (const x of g()) log(x)',
  'for…of over a user iterator':
    'const it = { [Symbol.iterator]() { let n = 0; return { next: () => block({ done: n++ > 1, value: n }) } } }; for (const x of it) log(x)',
  'spread of a generator': 'function* g() { yield block(1) } return [...g()]',
  'next()': 'function* g() { yield block(1) } return g().next().value',
  'map, sort, replace':
    'return [[2, 1].map((x) => block(x)), [2, 1].sort((x, y) => block(x) - y), "a".replace("a", () => block("b"))]',
  'call, apply, bind':
    'function f(a) { return block(a) } return [f.call(0, 1), f.apply(0, [2]), f.bind(0, 3)()]',
  'a tag': 'const t = (s, v) => block(v); return t`${1}`',
  'an async function': 'const f = async () => block(1); return f()',
  super:
    'class A { m() { return block(1) } } class B extends A { m() { return super.m() } } return new B().m()',
  'a catch clause': 'try { throw block(1) } catch (e) { return block(e) } finally { block(2) }',
};

for (const [name, body] of Object.entries(suspending)) {
  test(`${name} suspends`, async () => {
    const source = `exports.main = function () {${body}}`;
    const plain = await runPlain(source);
    const compiled = await runCompiled(source);
    expect(compiled.output).toEqual(plain.output);
    expect(compiled.pins).toBe(0);
    expect(compiled.waits).toBeGreaterThan(0);
  });
}
