import { expect, test } from 'vitest';
import { runCompiled, runFaces, runPlain } from './harness.ts';
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
      expect((await runFaces(source)).output).toEqual(plain.output);
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
  'super under a computed key':
    'class A { set x(v) { this.w = v } get x() { return 2 } } class B extends A { m(k) { super[block(k)] = block(1); super[k] += block(3); super[k]++; return [this.w, super[block(k)]] } } return new B().m("x")',
  'a catch clause': 'try { throw block(1) } catch (e) { return block(e) } finally { block(2) }',
};

/** What faces made, called by uncompiled code, and a fiber then calls: none of these may pin either. */
const madePlainly: Record<string, string> = {
  'a bound method':
    'class A { constructor() { this.m = this.m.bind(this, 1) } m(a, b) { return [a, block(b)] } } return plainly(() => new A()).m(3)',
  'a private method as a value':
    'class A { #m() { return block(1) } m() { return this.#m } } return plainly(() => new A().m())()',
  'an arrow of a derived constructor':
    'class A {} class B extends A { constructor(v) { super(); this.f = () => block(this.v); this.v = v } } return plainly(() => new B(1)).f()',
  closures:
    'const make = (a) => ({ m: () => block(a), n() { return block(a) }, get g() { return block(a) } }); const o = plainly(make, 2); return [o.m(), o.n(), o.g]',
  'a class':
    'const make = (a) => class { static s() { return block(a) } m() { return block(a) } }; const C = plainly(make, 2); return [C.s(), new C().m()]',
  'fields on what a function constructed':
    'function F(a) { this.a = block(a) } class G extends F { b = this.a; constructor(a) { super(a); this.c = block(3) } } const g = new (plainly(() => G))(1); return [g, Object.getPrototypeOf(G) === F]',
};
Object.assign(suspending, madePlainly);

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
