import { expect, test } from 'vitest';
import { runCompiled, runFaces, runPlain } from './harness.ts';
import { forms } from './programs-forms.ts';
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

for (const [name, body] of Object.entries({ ...programs, ...forms })) {
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
  'a field': 'class A { a = block(1); b = this.a } return new A().b',
  'a field of a class with a constructor':
    'class A { #p = 1; a = block(this.#p); constructor(b) { this.b = b } } return new A(2).a',
  'a field of a derived class':
    'class A { a = block(1) } class B extends A { b = block(this.a) } class C extends B { c = block(3); constructor() { super(); this.d = this.c } } return new C().d',
  'a field under a built-in class': 'class A extends Map { a = block(this.size) } return new A().a',
  'a parameter': 'function f(a = block(1)) { return a } return f()',
  'for…of over a generator': 'function* g() { yield block(1) } for (const x of g()) log(x)',
  'for…of over a user iterator':
    'const it = { [Symbol.iterator]() { let n = 0; return { next: () => block({ done: n++ > 1, value: n }) } } }; for (const x of it) log(x)',
  'a loop over a generator that is left early':
    'function* g() { try { yield 1; yield 2 } finally { log(block("closed")) } } for (const x of g()) { log(x); break } a: for (const x of [1, 2]) { for (const y of g()) { if (x === 1) continue a; break a } } return (() => { for (const x of g()) { try { return block(x) } finally { log("inner") } } })()',
  'a loop over a generator that is left by an error':
    'function* g() { try { yield 1; yield 2 } finally { log(block("closed")); throw new Error("lost") } } try { for (const x of g()) throw new Error("kept") } catch (e) { log(e.message) } try { for (const x of g()) break } catch (e) { return e.message }',
  'a loop over a user iterator that is left early':
    'const it = { [Symbol.iterator]: () => ({ next: () => ({ value: block(1) }), return() { log(block("closed")); return block({}) } }) }; for (const x of it) break; try { for (const x of it) throw block(5) } catch (e) { return e }',
  'spread of a generator': 'function* g() { yield block(1) } return [...g()]',
  'an object pattern':
    'class P { get author() { return block({ get name() { return block("Ada") } }) } get none() { return block(undefined) } } const p = new P(); const { author: { name }, none = block("d"), author: { name: again } = {}, ...rest } = p; let a, n; ({ author: a, none: { length: n } = block("four") } = p); for (const { author: { name: each } } of [p, p]) log(each); for ({ none: a = 5 } of [p]) log(a); return [name, none, again, n, rest]',
  'patterns of parameters':
    'class P { get author() { return block("Ada") } m({ author }, { author: b } = this, [x, y] = g(), ...more) { return [author, b, x, y, more] } } function* g() { yield block(1); yield block(2) } const p = new P(); const f = ({ author: q }) => q; return [p.m(p), p.m(p, p, g(), 4), [p].map(({ author }) => author), f(p)]',
  'an array pattern':
    'function* g() { try { yield block(1); yield block(2); yield block(3) } finally { log(block("closed")) } } let c, d; const [a, , b = 5] = g(); [c, ...d] = g(); for (const [e] of [g(), [7]]) log(e); return [a, b, c, d]',
  'next()': 'function* g() { yield block(1) } return g().next().value',
  'map, sort, replace':
    'return [[2, 1].map((x) => block(x)), [2, 1].sort((x, y) => block(x) - y), "a".replace("a", () => block("b"))]',
  'typed arrays':
    'const t = new Uint8Array([3, 1, 2]); const l = []; t.forEach((x, i, a) => l.push(block(x), i, a === t)); return [l, t.map((x) => block(x + 255)), t.filter((x) => block(x > 1)), t.some((x) => block(x === 2)), t.every((x) => block(x > 0)), t.find((x) => block(x === 1)), t.findIndex((x) => block(x === 2)), t.findLast((x) => block(x > 1)), t.findLastIndex((x) => block(x > 9)), t.reduce((s, x) => block(s + x)), t.reduceRight((s, x) => block(s + x), "")]',
  'JSON.stringify':
    'class P { x = 1; #y = 2; toJSON(k) { return { k: block(k), z: [undefined, () => 1, Symbol("s"), new Date(0), new Number(3), new String("s"), Object(false), NaN, null, "q\\n"] } } } const o = { p: new P(), d: new Map(), e: {}, f: [], u: undefined, n: { m: [1, { a: 1 }] } }; const r = function (k, v) { log(k, Array.isArray(this), typeof v); return block(k === "a" ? undefined : v) }; return [JSON.stringify(o, r), JSON.stringify(o, r, 2), JSON.stringify(o, r, "--"), JSON.stringify(undefined, r), JSON.stringify([], r, 3), JSON.stringify(5, (k, v) => block({ v }))]',
  'JSON.stringify of what cannot be':
    'const show = (f) => { try { log(f()) } catch (e) { log(e.name, e.message) } }; class N { constructor() { this.own = [{}]; this.own[0].back = this } } const a = { b: { c: {} } }; a.b.c.d = a.b; const r = (k, v) => block(v); show(() => JSON.stringify(a, r)); show(() => JSON.stringify(new N(), r)); const l = []; l.push(l); show(() => JSON.stringify(l, r)); show(() => JSON.stringify({ x: 1n }, r)); show(() => JSON.stringify({ x: Object(1n) }, r)); show(() => JSON.stringify({}, (k, v) => { throw block(new RangeError("r")) }))',
  'an executor':
    'return (function () { const l = []; const p = new Promise((resolve, reject) => { l.push(block(1)); resolve(block(2)); l.push(block(3)) }); const q = new Promise(() => { throw block(new Error("x")) }); class R extends Promise { static [Symbol.species] = Promise; constructor(f) { super(f); this.tag = block(4) } } const r = new R((resolve) => resolve(block(5))); return Promise.all([p, q.catch((e) => e.message), r, r.tag, r instanceof R, l]) })()',
  'promises that are given to async functions':
    'function g() { block(1); return Promise.resolve(5) } class K { get p() { block(1); return Promise.reject(new Error("late")) } } return (async () => { const p = g(); const q = new K().p; const m = q.catch((e) => e.message); return [p instanceof Promise, await p, q instanceof Promise, await m, ((x) => { block(1); return Promise.resolve(x) })(4) instanceof Promise] })()',
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

if ('groupBy' in Object) {
  suspending['groupBy'] =
    'return [Object.groupBy([1, 2, 3], (x, i) => block(x % 2 ? "odd" : i)), Map.groupBy(new Set([1, 2]), (x) => block(x % 2))]';
}

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

test('what nobody handles is told of', async () => {
  const source = `exports.main = function () {${programs['rejections that nobody handles']}}`;
  const left = ['after an await', 'at once', 'in a callback', 'in an async function'];
  const { output } = await runCompiled(source);
  expect(output.filter((line) => line.startsWith('unhandled'))).toEqual(
    [...left, 'in an async generator', 'in an executor', 'later']
      .toSorted()
      .map((text) => `unhandled Error: ${text}`),
  );
});
