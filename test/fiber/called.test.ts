/**
 * What a call comes to call, by what the text says: each of these hides a function that blocks, and must suspend there
 * when it is compiled with what the analysis says of it; and what cannot come by one must stay plain.
 */
import { expect, test } from 'vitest';
import { closeWorld, worldFrom, type WorldData } from '../../src/fiber/analyze/closed-world.ts';
import { collectFacts } from '../../src/fiber/analyze/facts.ts';
import { parseSource } from '../../src/fiber/compile/ast.ts';
import { runCompiled, runFaces, runPlain } from './harness.ts';

const dataOf = (source: string): WorldData =>
  closeWorld([collectFacts(parseSource(source, 'commonjs'))], ['block']);

const F = 'const f = (x) => block(x);';

const suspends: Record<string, string> = {
  'given by its name': `${F} exports.main = () => [1, 2].map(f);`,
  'given where it is written': `exports.main = () => [1, 2].map((x) => block(x));`,
  'given inside one that is given': `exports.main = () => [[1], [2]].map((l) => l.map(function (x) { return block(x); }));`,
  'given as a property': `const o = { f(x) { return block(x); } }; exports.main = () => [1].map(o.f);`,
  'given bound': `const o = { f(x) { return block(x); } }; exports.main = () => [1].map(o.f.bind(null));`,
  'given as one of two': `${F} const g = (x) => x; exports.main = () => [1].map(g() ? g : f);`,
  'given if there is no other': `${F} let g; exports.main = () => [1].map(g || f);`,
  'given by a parameter': `${F} const all = (list, g) => list.map(g); exports.main = () => all([1], f);`,
  'given by spread': `${F} const given = [f]; exports.main = () => [1].map(...given);`,
  'given as what a call gives': `${F} const pick = () => f; exports.main = () => [1].map(pick());`,
  'given to replace': `${F} exports.main = () => 'a'.replace('a', f);`,
  'given to replace, behind what is spread': `${F} const all = ['a', f]; exports.main = () => 'a'.replace(...all);`,
  'given to reduce': `const add = (a, b) => block(a + b); exports.main = () => [1, 2].reduce(add);`,
  'given to a built-in by call': `${F} exports.main = () => [].map.call([1], f);`,
  'given to a built-in by apply': `${F} exports.main = () => [].map.apply([1], [f]);`,
  'given to a built-in by another name': `${F} const each = [].map; exports.main = () => each.call([1], f);`,
  'given to a built-in that was taken out': `${F} const { map: each } = []; exports.main = () => each.call([1], f);`,
  'given to a method that calls it': `${F} const o = { map(g) { return g(1); } }; exports.main = () => o.map(f);`,
  'a method that is called like a built-in': `const o = { map() { return block(1); } }; exports.main = () => o.map('x');`,
  'a built-in method that was replaced': `const o = []; o.map = () => block(1); exports.main = () => o.map('x');`,
  'by call': `${F} exports.main = () => f.call(null, 1);`,
  'by apply': `${F} exports.main = () => f.apply(null, [1]);`,
  'by call by call': `${F} exports.main = () => f.call.call(f, null, 1);`,
  'by Reflect.apply': `${F} exports.main = () => Reflect.apply(f, null, [1]);`,
  'a property by call': `const o = { f(x) { return block(x); } }; exports.main = () => o.f.call(null, 1);`,
  'where it stands': `exports.main = () => (() => block(1))();`,
  'where it stands, by call': `exports.main = () => (function () { return block(1); }).call(1);`,
  'where it stands, inside another': `exports.main = () => (() => (() => block(1))())();`,
  'what a call of it gives': `const give = () => (x) => block(x); const g = give(); exports.main = () => g(1);`,
  'what a call of it gives, somewhere inside': `${F} function give(n) { if (n) { try { return f; } finally { n++; } } } const g = give(1); exports.main = () => g(1);`,
  'what a call of it gives by another name': `${F} const give = () => f; const take = give; const g = take(); exports.main = () => g(1);`,
  'what a call of a method gives': `${F} class A { give() { return f; } } const g = new A().give(); exports.main = () => g(1);`,
  'what comes back through a function': `${F} const id = (x) => x; const g = id(f); exports.main = () => g(1);`,
  'what comes back through several': `${F} const id = (x) => x; const twice = (x) => id(id(x)); const g = twice(f); exports.main = () => g(1);`,
  'what somebody gives under a name of the language': `${F} const o = { slice() { return f; } }; const g = o.slice(); exports.main = () => g(1);`,
  'what is given under a name of the language, by another': `${F} const pick = () => f; const o = { slice: pick }; const g = o.slice(); exports.main = () => g(1);`,
  'what a constructor gives': `function X() { return (x) => block(x); } const g = new X(); exports.main = () => g(1);`,
  'what a constructor gives to a class': `function X() { return (x) => block(x); } class Y extends X {} const g = new Y(); exports.main = () => g(1);`,
  'what stands where it is called': `${F} const g = (() => f)(); exports.main = () => g(1);`,
  'what a wrapper gives': `var A = (function () { function A() {} A.prototype.go = function () { return block(1); }; return A; })(); exports.main = () => new A().go();`,
  'what a wrapper constructs': `var A = (function () { function A() { this.x = block(1); } return A; })(); exports.main = () => new A().x;`,
  'under another name': `${F} const g = f; exports.main = () => g(1);`,
  'under a property': `${F} const o = {}; o.g = f; exports.main = () => o.g(1);`,
  'from property to property': `${F} const o = { f }; o.g = o.f; const g = o.g; exports.main = () => g(1);`,
  'taken out': `${F} const { f: g } = { f }; exports.main = () => g(1);`,
  'taken out where there was none': `${F} const { h: g = f } = {}; exports.main = () => g(1);`,
  'taken out of a parameter': `const run = ({ g }) => g(1); exports.main = () => run({ g: (x) => block(x) });`,
  'taken out into a property': `${F} const o = {}; ({ f: o.g } = { f }); exports.main = () => o.g(1);`,
  'the rest of what was taken out': `${F} const { ...o } = { f }; exports.main = () => o.f(1);`,
  'taken out of a list': `${F} const [g] = [f]; exports.main = () => g(1);`,
  'an element': `${F} const g = [f][0]; exports.main = () => g(1);`,
  'an argument': `${F} function run() { const g = arguments[0]; return g(1); } exports.main = () => run(f);`,
  'one of a list': `${F} exports.main = () => { for (const g of [f]) return g(1); };`,
  'a default': `${F} const run = (g = f) => g(1); exports.main = () => run();`,
  'in a chain': `${F} const o = { p: { f } }; const g = o?.p?.f; exports.main = () => g(1);`,
  'assigned twice': `${F} let a, b; a = b = f; exports.main = () => a(b(1));`,
  'behind a comma': `${F} const g = (0, f); exports.main = () => g(1);`,
  'only if there was none': `${F} let g; g ??= f; exports.main = () => g(1);`,
  'under a computed key': `const o = {}; for (const k of ['g']) o[k] = (x) => block(x); exports.main = () => o.g(1);`,
  'taken from under a computed key': `const o = {}; for (const k of ['g']) o[k] = (x) => block(x); const g = o.g; exports.main = () => g(1);`,
  'a constructor under a computed key': `const o = {}; const k = ['G'].join(); o[k] = function () { this.x = block(1); }; exports.main = () => new o.G().x;`,
  'under a symbol': `const o = { [Symbol.match]() { return block(1); } }; exports.main = () => o[Symbol.match]();`,
  'under a symbol of its own': `const s = Symbol(); const o = { [s]() { return block(1); } }; exports.main = () => o[s]();`,
  'under a private name': `class A { #f(x) { return block(x); } main() { return this.#f(1); } } exports.main = () => new A().main();`,
  'of the global object': `globalThis.ofTheGlobal = (x) => block(x); exports.main = () => ofTheGlobal(1);`,
  'what a getter gives': `${F} class A { get f() { return f; } } exports.main = () => new A().f(1);`,
  'what a defined getter gives': `${F} const o = {}; Object.defineProperty(o, 'g', { get() { return f; } }); const g = o.g; exports.main = () => g(1);`,
  thrown: `${F} exports.main = () => { try { throw f; } catch (g) { return g(1); } };`,
  'the executor of a promise by another name': `const P = Promise; exports.main = () => { let y; new P((resolve) => resolve(y = block(1))); return y; };`,
  'a hook of JSON by another name': `const { stringify: text } = JSON; exports.main = () => text({}, (k, v) => block(v));`,
  'a tag': `const o = { f: (s) => block(s[0]) }; const g = o.f; exports.main = () => [o.f\`x\`, g\`y\`];`,
  'one name for two things': `const g = { slice: () => block(1) }; function other() { var slice = 'x'.slice(0); return slice; } exports.main = () => [other(), g.slice()];`,
  'a function that knows its own name': `const g = function own(n) { return n ? own(n - 1) : block(n); }; exports.main = () => g(2);`,
};

for (const [name, source] of Object.entries(suspends)) {
  test(`suspends: ${name}`, async () => {
    const world = worldFrom(dataOf(source));
    const plain = await runPlain(source);
    const run = await runCompiled(source, world);
    expect(run.output).toEqual(plain.output);
    expect(run.pins).toBe(0);
    expect(run.waits).toBeGreaterThan(0);
    expect((await runFaces(source, world)).output).toEqual(plain.output);
  });
}

/** Something that blocks goes about in each of them, so that whatever may come by it is taken for it. */
const ABOUT = 'const f = (x) => block(x); exports.on = (g) => g(f);';

const plain: Record<string, string> = {
  'a function that is given where it is written': `exports.main = (l) => l.map((x) => x + 1).filter(function (x) { return x; });`,
  'a function that is given by its name': `function add(x) { return x + 1; } exports.main = (l) => l.map(add);`,
  'a text that is given': `exports.main = (s) => s.replace(/x/, 'y').replaceAll(s, 'a' + s);`,
  'a method of the language, by call': `exports.main = (o, k) => Object.prototype.hasOwnProperty.call(o, k);`,
  'a function by call': `function add(x) { return x + 1; } exports.main = () => add.call(null, 1) + add.apply(null, [1]);`,
  'a function where it stands': `exports.main = () => (function () { return 1; })();`,
  'a method, beside a variable of the name': `exports.other = (slice) => slice(1); exports.main = (s) => s.slice(1);`,
  'a variable, beside a property that gets something': `exports.other = (x) => { exports.add = x; }; function add(x) { return x + 1; } exports.main = () => add(1);`,
  'what is exported under its own name': `function add(x) { return x + 1; } exports.add = add; exports.main = () => exports.add(1);`,
  'another name for it': `function add(x) { return x + 1; } const plus = add; exports.main = () => plus(1);`,
  'one of two': `const add = Math.hypot || function (x) { return x + 1; }; exports.main = () => add(1);`,
  'what a wrapper gives': `var A = (function () { function A() { this.x = 1; } return A; })(); exports.main = () => new A();`,
  'a name that holds data': `let test = 1; test = [test]; exports.test = test; exports.main = () => /x/.test('x');`,
  'a name that holds what data gives': `exports.test = 'x'.slice(1); exports.main = () => /x/.test('x');`,
  'a name that holds what a function gives': `const give = () => ({}); exports.test = give(); exports.main = () => /x/.test('x');`,
  'a name that holds an object of a class': `class A {} exports.test = new A(); exports.main = () => /x/.test('x');`,
  'a method of the language, taken out': `const { floor } = Math; const { isArray } = Array; exports.main = (x) => isArray(x) || floor(x);`,
  'a call of the language, beside a name of the name': `exports.other = (max) => max(1); exports.main = () => Math.max(1, 2);`,
  'something stored under a computed key that cannot block': `const o = {}; o[exports.k] = (x) => x; exports.main = () => o.anything();`,
};

for (const [name, source] of Object.entries(plain)) {
  test(`stays plain: ${name}`, () => {
    const { blocking } = dataOf(`${ABOUT} ${source}`);
    expect(blocking).toContain('f');
    expect(blocking).toContain('.on');
    expect(blocking).not.toContain('.main');
  });
}
