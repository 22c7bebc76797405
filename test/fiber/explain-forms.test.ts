/**
 * What `explain` says of each form is what happens: a site that is marked as a yield point suspends its fiber, and what is
 * marked as a pin pins.
 */
import { expect, test } from 'vitest';
import { closeWorld, worldFrom } from '../../src/fiber/analyze/closed-world.ts';
import { collectFacts } from '../../src/fiber/analyze/facts.ts';
import type { Note } from '../../src/fiber/compile/account.ts';
import { parseSource } from '../../src/fiber/compile/ast.ts';
import { compile } from '../../src/fiber/compile/compile.ts';
import type { World } from '../../src/fiber/compile/world.ts';
import { runCompiled } from './harness.ts';
import { programs } from './programs.ts';
import { forms } from './programs-forms.ts';

const PRELUDE = `
  const wait = () => block(1);
  function* gen() { yield block(1); yield 2; }
  const make = () => ({ n: 0, [Symbol.iterator]() { return this; }, next() { return block({ done: this.n++ > 1, value: 1 }); } });
  class A { get x() { return block(1); } set x(v) { block(v); } m() { return block(2); } #p() { return block(3); } p() { return this.#p(); } static s() { return block(4); } }
  const o = new A(); const tag = () => block(1); function F() { this.f = block(1); }
`;

/** Of each, what is between the marks is said to yield, and the program does not pin. */
const yields: Record<string, string> = {
  call: '«block(1)»; «wait()»;',
  'call of a method': '«o.m()»; «o?.m()»; «o.m?.()»; «o["m"]()»; «o.p()»; «A.s()»;',
  'call by call and apply':
    '«wait.call(null)»; «wait.apply(null, [])»; «Reflect.apply(wait, null, [])»;',
  'call of what a call gives': 'const f = () => wait; «f()()»;',
  'call in arguments':
    'log(«wait()», [«wait()»], { a: «wait()» }, `${«wait()»}`, -«wait()», «wait()» + 1);',
  'callback of a list':
    '«[1].map(() => «block(1)»)»; «[1].forEach(wait)»; «[2, 1].sort(() => «block(1)»)»;',
  'callback of a map': '«new Map([[1, 2]]).forEach(() => «block(1)»)»;',
  'callback of replace': `«'a'.replace('a', () => «block('b')»)»;`,
  'callback of from': '«Array.from([1], () => «block(1)»)»;',
  new: '«new F()»; const C = class { constructor() { «block(1)»; } }; «new C()»;',
  super:
    'class P { constructor() { «block(1)»; } q() { return «block(1)»; } } class Q extends P { constructor() { «super()»; } q() { return «super.q()»; } } ««new Q()».q()»;',
  'a class without a name, handed on':
    'const create = (C) => «new C()»; «create(class { constructor() { «block(1)»; } })»;',
  'a method under a computed key':
    'const key = () => "m"; class P { [key() + 1]() { «block(1)»; } } const p = new P(); «p.m1()»;',
  'a field':
    'class P { f = «block(1)»; g = «wait()»; } log(«new P()».f); class Q extends P { h = 1; i = «block(2)»; constructor(a) { «super()»; this.a = a; } } log(«new Q()»);',
  tag: '«tag`a`»;',
  getter: '«o.x»; «o?.x»; «o["x"]»; log(«o.x» + 1);',
  setter: '«o.x» = 1; «o["x"]» = 2;',
  'getter and setter': '«o.x» += 1; «o.x»++; --«o.x»; «o.x» ??= 1;',
  'spread in a call': 'log(«...gen()»);',
  'spread in a list': 'log([«...gen()», «...make()»]);',
  'for of': '«for (const v of gen()») log(v); «for (const v of make()») log(v);',
  'for of with a pattern': '«for (const { «x» } of [o]») log(x);',
  'object pattern': 'const { «x» } = o; const { «x»: y = 1 } = o; log(x, y);',
  'object pattern, nested': 'const { a: { «x» } } = { a: o }; log(x);',
  'object pattern, assigned': 'let k; ({ «x»: k } = o); log(k);',
  'array pattern': 'const «[a, b]» = gen(); const «[c, ...d]» = make(); log(a, b, c, d);',
  'array pattern, assigned': 'let k; «[k]» = gen(); log(k);',
  'default value': 'const f = (a = «wait()») => a; «f()»;',
  'pattern in parameters': 'const f = ({ «x» }, «[a]») => [x, a]; «f(o, gen())»;',
  'yield star': 'function* g() { «yield* gen()»; } «for (const v of g()») log(v);',
  'a function that is defined as an accessor':
    'const p = {}; Object.defineProperty(p, "x", { get: wait }); Object.defineProperty(p, "x2", { get() { return «block(1)»; } }); log(«p.x»);',
};

/** Of each, what is between the marks is said to pin, and it does. */
const pins: Record<string, [source: string, why: RegExp]> = {
  'uncompiled code': ['plainly(«wait»); plainly(«() => block(1)»);', /where plainly calls it/],
  'operators that call methods': [
    'const p = { «toString»() { return block("s"); } }; log(`${p}`); const q = { «valueOf»: wait }; log(q + 1);',
    /an operator/,
  ],
  'conversion by a symbol': [
    'const p = { [«Symbol.toPrimitive»]: () => block(1) }; log(p + 1);',
    /an operator/,
  ],
  instanceof: [
    'class P { static [«Symbol.hasInstance»]() { return block(true); } } log(o instanceof P);',
    /an operator/,
  ],
  toJSON: ['log(JSON.stringify({ «toJSON»() { return block(1); } }));', /an operator/],
  'a trap': ['const p = new Proxy({}, { «get»() { return block(1); } }); log(p.y);', /trap/],
  'accessors that the engine reads': [
    'class P { get y() { return block(1); } } const p = { get y() { return block(1); } }; log({ «...p» }); log(«Object.assign({}, p)»); log(«Reflect.get(p, "y")»); const { z, «...r» } = p; log(r);',
    /the engine reads it/,
  ],
  'an accessor of a function that is not shown': [
    'const all = { f: wait }; const p = {}; Object.defineProperty(p, "x", { get: «all.f» }); log(p["x"]);',
    /does not show/,
  ],
  'iteration by the engine': [
    'log(«new Set(gen())», «new Map(make2())»); function* make2() { yield [1, block(2)]; }',
    /engine iterates/,
  ],
  'iteration by a method of the language': [
    'log(«Object.fromEntries(pairs())»); function* pairs() { yield ["a", block(2)]; }',
    /engine iterates/,
  ],
  'array pattern with a pattern': [
    'const «[«[a]»]» = [[1]]; const «[«[b]»]» = one(); log(a, b); function* one() { yield [block(1)]; }',
    /two steps/,
  ],
  'computed key in a pattern': ['const { [«"x"»]: a } = o; log(a);', /two steps/],
  'pattern of a catch': ['try { throw o; } catch ({ «x» }) { log(x); }', /two steps/],
  'a private field': [
    'class P { «#f = block(1);» g() { return this.#f; } } log(new P().g());',
    /field/,
  ],
  'a field in front of a computed one': [
    'class P { «f = block(1);» ["g" + 1] = 1; } log(new P().f);',
    /field/,
  ],
  'a field beside parameters that do something': [
    'class P { «f = block(1);» constructor(a = log(1)) { this.a = a; } } log(new P().f);',
    /field/,
  ],
  'a static field': ['class P { «static f = block(1);» } log(P.f);', /field/],
  'a static block': ['class P { «static { block(1); }» } log(P.name);', /static block/],
  'default value of an async function': [
    'const f = async (a = «block(1)») => a; return f();',
    /these parameters/,
  ],
  'default value of a generator': [
    'function* f(a = «block(1)») { yield a; } return [...f()];',
    /these parameters/,
  ],
  'default value and var': [
    'const f = (a = «block(1)») => { var a; return a; }; return f();',
    /declares a parameter/,
  ],
  'super() in an arrow function': [
    'class P extends Object { constructor«() { («() => super()»)(); block(1); }» } new P();',
    /super\(\)|an arrow/,
  ],
  eval: ['«eval("block(1)")»;', /not compiled/],
  'new Function': ['«new Function("b", "b(1)")»(block);', /not compiled/],
  with: ['«with ({}) { block(1); }»', /with/],
  'arguments.callee': ['(«function () { arguments.callee; block(1); }»)();', /callee/],
  'assigned arguments': ['(«function () { arguments = 1; block(1); }»)();', /arguments/],
  'yield as a name': [
    '(«function () { var yield_; var yield = 1; block(1); }»)();',
    /yield as a name/,
  ],
  'new.target in a parameter': ['(«function (a = new.target) { block(1); }»)();', /new\.target/],
  'declared in a switch': ['switch (1) { case 1: «function sw() { block(1); }» sw(); }', /switch/],
  'after a label': ['l: «function lab() { block(1); }» lab();', /label/],
  'a class in the head of a loop': [
    'for (let n = 0; n < 1 && new (class { m«() { return block(1); }» })().m(); n++) ;',
    /head of a loop/,
  ],
  'super as a place to read': [
    'class P extends A { g() { return «super.x»; } } return new P().g();',
    /Reflect\.get/,
  ],
  'super as a target': [
    'class P extends A { g«() { [super.y] = [block(1)]; }» } return new P().g();',
    /super/,
  ],
  'a chain in parentheses': ['«(o?.m)()»;', /parentheses/],
};

const MAIN = 'exports.main = function () ';

interface Marked {
  source: string;
  /** What stood between marks, from the beginning of the source on. */
  spans: [start: number, end: number][];
}

/** Takes the marks out. */
function unmark(text: string): Marked {
  let source = '';
  const open: number[] = [];
  const spans: Marked['spans'] = [];
  for (const character of text) {
    if (character === '«') open.push(source.length);
    else if (character === '»') spans.push([open.pop()!, source.length]);
    else source += character;
  }
  return { source, spans: spans.toSorted((a, b) => a[0] - b[0] || b[1] - a[1]) };
}

const marked = (body: string): Marked => unmark(`${PRELUDE}${MAIN}{${body}};`);

/** As a program that is analysed as a whole. */
const worldOf = (source: string): World =>
  worldFrom(closeWorld([collectFacts(parseSource(source, 'commonjs'))], ['block']));

function notesOf(source: string, world: World): Note[] {
  const settings = { format: 'commonjs', id: 'explain', runtimeUrl: 'none' } as const;
  const { notes } = compile(source, { ...settings, world, map: false, notes: true });
  return notes.filter(({ start }) => start > PRELUDE.length + MAIN.length);
}

/** The texts that such notes stand at. */
const textsOf = (source: string, notes: Note[], kind: Note['kind']): string[] =>
  notes
    .filter((note) => note.kind === kind)
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
    .map(({ start, end }) => `${start}: ${source.slice(start, end)}`);

const textsAt = (source: string, spans: Marked['spans']): string[] =>
  spans.map(([start, end]) => `${start}: ${source.slice(start, end)}`);

test.each(Object.entries(yields))('yields: %s', async (_, body) => {
  const { source, spans } = marked(body);
  const world = worldOf(source);
  const notes = notesOf(source, world);
  expect(textsOf(source, notes, 'yield')).toEqual(textsAt(source, spans));
  expect(textsOf(source, notes, 'pin')).toEqual([]);
  const { waits, pins, output } = await runCompiled(source, world);
  expect({ pins, hasWaited: waits > 0, output }).toEqual({ pins: 0, hasWaited: true, output });
  expect(output.at(-1)).not.toMatch(/^!/);
});

test.each(Object.entries(pins))('pins: %s', async (_, [body, why]) => {
  const { source, spans } = marked(body);
  const world = worldOf(source);
  const notes = notesOf(source, world);
  expect(textsOf(source, notes, 'pin')).toEqual(textsAt(source, spans));
  for (const { what } of notes.filter(({ kind }) => kind === 'pin')) expect(what).toMatch(why);
  const run = await runCompiled(source, world);
  expect(run.output.at(-1)).not.toMatch(/^!/);
  expect(run.pins).toBeGreaterThan(0);
});

/** Each is the body of a function. In one of them the engine constructs what no text hands it: a list's species. */
const bodies = Object.entries({ ...programs, ...forms }).filter(
  ([name]) => name !== 'arrays with holes and species',
);

test.each(bodies)('a program that pins is said to: %s', async (_, body) => {
  const source = `${MAIN}{${body}};`;
  const world = worldOf(source);
  const settings = { format: 'commonjs', id: 'explain', runtimeUrl: 'none' } as const;
  const { notes } = compile(source, { ...settings, world, map: false, notes: true });
  const run = await runCompiled(source, world);
  const isTold = (kind: Note['kind']): boolean => notes.some((note) => note.kind === kind);
  expect({
    pins: run.pins > 0 && !isTold('pin'),
    waits: run.waits > 0 && !isTold('yield'),
  }).toEqual({
    pins: false,
    waits: false,
  });
});
