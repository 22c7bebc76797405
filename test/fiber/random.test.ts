/**
 * Random programs, plain against compiled. Every value is traced, so a wrong order of evaluation shows.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { World } from '../../src/fiber/compile/world.ts';
import { runCompiled, runFaces, runPlain } from './harness.ts';
import { forms, parses } from './programs-forms.ts';
import { programs } from './programs.ts';

const { expression, statement, late } = fc.letrec<{
  expression: string;
  statement: string;
  late: string;
  call: string;
}>((tie) => {
  const e = tie('expression');
  const s = tie('statement');
  const l = tie('late');
  const name = fc.constantFrom('a', 'b', 'o.x', 'o.y', 'o["x"]', 'o.g', 'l[0]', 'l[a % 3]');
  const atom = fc.oneof(
    fc.integer({ min: 0, max: 9 }).map(String),
    name,
    fc.constantFrom('"s"', 'undefined', 'this.k', 'arguments.length', 'n?.x', 'null'),
  );
  return {
    call: fc.oneof(
      e.map((x) => `block(${x})`),
      fc.tuple(e, e).map(([x, y]) => `f(${x}, ${y})`),
      fc.tuple(e, e).map(([x, y]) => `o.m(${x}, ${y})`),
      fc.tuple(e, e).map(([x, y]) => `o?.m?.(${x}, ...[${y}])`),
      e.map((x) => `n?.m(${x}).y`),
      e.map((x) => `new K(${x}).v`),
      e.map((x) => `(() => ${x})()`),
      e.map((x) => `(function () { return ${x} }).call(this, 1)`),
      e.map((x) => `f\`a\${${x}}\``),
      e.map((x) => `[...gen(${x})].length`),
      e.map((x) => `l.map((q) => ${x}).length`),
      e.map((x) => `((p, q = ${x}) => q)(1)`),
      e.map((x) => `new L(${x}).w`),
      e.map((x) => `((p, { q = (class { m() { return ${x} } }) } = {}) => new q().m())(1)`),
      e.map((x) => `(class { #p = 1; static s = ${x}; m() { return this.#p } }).s`),
      e.map((x) => `(promised(${x}) instanceof Promise)`),
      e.map((x) => `typeof new Promise((done) => { trace(${x}); done(1) }).then`),
      e.map((x) => `[3, 1, 2].sort((p, q) => (${x}, block(p > q))).join()`),
      e.map((x) => `JSON.stringify([1, { a: 2 }], (k, v) => (${x}, v))`),
      e.map(
        (x) =>
          `new (class extends L { get w2() { return super.q } m() { return [super.q, (() => super.q)(), this.w2] } })(${x}).m().length`,
      ),
      e.map((x) => `Reflect.construct(K, [${x}], L) instanceof L`),
      e.map((x) => `sup.n(${x})`),
      e.map((x) => `((h) => h() === h())(() => same\`a\${${x}}\`)`),
      fc.tuple(e, e).map(([x, y]) => `(px.z = ${x}, px.q, px.m(${y}))`),
      e.map((x) => `Array.from({ length: 2 }, (p, q) => ${x}).length`),
      e.map((x) => `[1, 2].reduce((p, q) => (${x}, block(p) + q))`),
      e.map((x) => `'abc'.replace(/b/, () => ${x})`),
      e.map((x) => `(function () { return new.target === undefined ? ${x} : 1 })()`),
      e.map((x) => `(o?.m)(${x}, 1)`),
      e.map((x) => `delete o?.[block('nope')]?.[${x}]`),
      e.map((x) => `K.has({ k: ${x} })`),
      fc.tuple(e, e).map(([x, y]) => `((...r) => (${x}, r.length))(...gen(${y}), ...'ab')`),
      fc
        .tuple(e, e)
        .map(
          ([x, y]) =>
            `((p, q = () => p, r = (p = ${x}, q())) => { var s = ${y}; return [p, q(), r] })(1).length`,
        ),
      fc
        .tuple(e, e)
        .map(
          ([x, y]) =>
            `(function (p, q) { arguments[0] = ${x}; q = ${y}; return [p, arguments[1], [...arguments].length] })(1, 2)[0]`,
        ),
      fc.tuple(e, e).map(([x, y]) => `(() => { try { return ${x} } finally { trace(${y}) } })()`),
      e.map((x) => `((h = () => ${x}) => h.name + h())()`),
      e.map((x) => `eval('trace(a)') + (${x})`),
    ),
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      atom,
      tie('call'),
      fc
        .tuple(e, fc.constantFrom('+', '&&', '||', '??', ',', '<', '==='), e)
        .map(([x, op, y]) => `((${x}) ${op} (${y}))`),
      fc.tuple(e, e, e).map(([x, y, z]) => `(${x} ? ${y} : ${z})`),
      fc
        .tuple(name, fc.constantFrom('=', '+=', '??=', '||='), e)
        .map(([x, op, y]) => `(${x} ${op} ${y})`),
      name.map((x) => `${x}++`),
      name.map((x) => `(--${x})`),
      fc.tuple(e, e).map(([x, y]) => `[${x}, ...[${y}]]`),
      fc.tuple(e, e).map(([x, y]) => `({ p: ${x}, ['q' + ${x}]: ${y}, ...{ r: ${y} } })`),
      fc.tuple(e, e).map(([x, y]) => `\`\${${x}}-\${typeof ${y}}\``),
      e.map((x) => `trace(${x})`),
    ),
    statement: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      e.map((x) => `trace(${x});`),
      e.map((x) => `${x.startsWith('{') || x.startsWith('function') ? `(${x})` : x}\n`),
      fc.tuple(e, s, s).map(([x, y, z]) => `if (${x}) { ${y} } else { ${z} }`),
      fc.tuple(e, s).map(([x, y]) => `for (const v of [${x}, 1]) { trace(v); ${y} }`),
      fc
        .tuple(e, s)
        .map(
          ([x, y]) => `for (let i = 0; i < 2 && (${x}, true); i++) { if (i === 1) continue; ${y} }`,
        ),
      fc.tuple(e, s).map(([x, y]) => `for (const v of gen(${x})) { ${y} if (v) break }`),
      fc
        .tuple(e, s)
        .map(
          ([x, y]) =>
            `trace((() => { a: for (const v of gen(1)) for (const w of gen(v)) { ${y} if (${x}) continue a; return w } })());`,
        ),
      fc
        .tuple(s, s, e)
        .map(([x, y, z]) => `try { ${x} throw ${z} } catch (err) { trace(String(err)); ${y} }`),
      fc.tuple(s, s).map(([x, y]) => `try { ${x} } finally { ${y} }`),
      fc
        .tuple(e, e, s)
        .map(
          ([x, y, z]) =>
            `{ const { g: p = ${x}, x: { w: t } = { w: ${y} }, ...rest } = o; trace([p, t, Object.keys(rest).length]); ${z} }`,
        ),
      fc.tuple(e, e).map(([x, y]) => `({ g: a, y: b = ${x} } = (trace(${y}), o));`),
      fc.tuple(e, e).map(([x, y]) => `[a, , b = 7] = gen(${x}); [b] = [${y}];`),
      fc
        .tuple(e, e, s)
        .map(
          ([x, y, z]) =>
            `trace((({ g, x = ${x} }, [p, q] = gen(1), { length: n } = [${y}]) => { ${z} return [g, x, p, q, n] })(o));`,
        ),
      fc
        .tuple(e, s)
        .map(([x, y]) => `for (const { g: p, q = ${x} } of [o, new K(1)]) { trace([p, q]); ${y} }`),
      fc
        .tuple(e, s)
        .map(
          ([x, y]) =>
            `switch (${x}) { case 1: ${y} case block(2): trace('two'); break; default: trace('d') }`,
        ),
      fc
        .tuple(e, e)
        .map(([x, y]) => `{ const { c = ${x}, ...r } = { d: ${y} }; trace(c); trace(r) }`),
      fc
        .tuple(e, s)
        .map(([x, y]) => `{ let c = ${x}; const h = () => { ${y} return c }; trace(h()) }`),
      fc.tuple(e, e).map(([x, y]) => `[a, b = ${x}] = [${y}];`),
      fc
        .tuple(e, e, s)
        .map(
          ([x, y, z]) =>
            `{ class M extends K { #n = ${x}; constructor(v) { super(v); ${z} } get n() { return block(this.#n) } set n(v) { this.#n = block(v) } go() { this.n += 1; return [this.n, this.q] } } trace(new M(${y}).go()) }`,
        ),
      fc
        .tuple(e, s)
        .map(
          ([x, y]) =>
            `{ const made = []; outer: for (let i = 0; i < 2; i++) { for (const w of gen(i)) { made.push(() => [i, w]); if (${x}) continue outer; ${y} } } trace(made.map((h) => h())) }`,
        ),
      fc
        .tuple(e, s)
        .map(
          ([x, y]) =>
            `{ function* it(p) { try { const r = yield ${x}; trace(r); yield* gen(p) } finally { ${y} } } const i = it(1); trace(i.next()); trace(i.next(block(5))); trace(i.return(6)) }`,
        ),
      fc.tuple(e, s, s).map(([x, y, z]) => `x: { ${y} if (${x}) break x; ${z} }`),
      fc
        .tuple(e, s, s)
        .map(
          ([x, y, z]) =>
            `y: for (const v of [1, 2, 3]) { try { ${y} if (${x}) continue; if (v === 2) break y } finally { trace(block(v)); ${z} } }`,
        ),
      fc
        .tuple(e, s, s)
        .map(
          ([x, y, z]) =>
            `trace((() => { for (;;) { try { ${y} return ${x} } catch (q) { trace(block(String(q))); break } finally { ${z} if (steps > 20) break } } return 'out' })());`,
        ),
      e.map(
        (x) =>
          `{ const hs = []; for (let i = 0, h = () => i; i < 2; hs.push(h, () => i, () => ${x}), i++) block(i); trace(hs.map((h) => h())) }`,
      ),
      fc.tuple(e, s).map(([x, y]) => `for (const i in { p: ${x}, q: 1 }) { trace(i); ${y} }`),
      fc.tuple(e, s).map(([x, y]) => `{ let i = 0; do { ${y} } while (i++ < 1 && (${x}, true)) }`),
      fc
        .tuple(e, e, s)
        .map(
          ([x, y, z]) =>
            `switch (${x}) { default: { let w = ${y}; const h = () => w; ${z} trace(h()) } case 2: let u = block(2); trace(u); break; case ${y}: u = 5; trace(u) }`,
        ),
      fc
        .tuple(e, e)
        .map(
          ([x, y]) =>
            `trace((() => { const t = {}; ({ [block('x')]: t.p = ${x}, [o.y]: t['q'] = ${y}, ...t.r } = { x: undefined, z: 1 }); [t.s = ${x}, ...[t.u, { length: t.v } = 'ab']] = gen(1); return t })());`,
        ),
      fc
        .tuple(e, e, s)
        .map(
          ([x, y, z]) =>
            `{ class S { static #n = 1; static get c() { return block(S.#n++) } static set c(v) { S.#n = block(v) } static [block('m')](v) { return [this === S, v] } get #h() { return ${y} } p(v) { ${z} return [this.#h, v] } static { this.t = 1 } } S.c += 2; trace([S.c, S.m(${x}), new S().p(block(1)), S.t]) }`,
        ),
      fc
        .tuple(e, s)
        .map(
          ([x, y]) =>
            `{ function F(p) { if (!new.target) return new F(p); this.p = block(p); ${y} } F.prototype.get = function () { return block(this.p) }; class G extends F { z = this.get(); constructor() { super(${x}); } } trace([F(1).get(), new G().z, new G().get()]) }`,
        ),
      fc
        .tuple(e, s)
        .map(
          ([x, y]) =>
            `{ function* it() { try { const r = yield* { [Symbol.iterator]() { return gen(${x}) } }; trace(r); yield block(3) } catch (q) { trace(String(q)); yield 'caught'; } finally { ${y} } } const i = it(); trace(i.next()); try { trace(i.throw(block(new Error('thrown')))) } catch (q) { trace(q.message) } trace([...i]) }`,
        ),
      fc
        .tuple(e, s)
        .map(
          ([x, y]) =>
            `try { for (const v of closing(${x})) { ${y} if (block(v)) break } } catch (q) { trace(String(q)) }`,
        ),
      e.map(
        (x) =>
          `{ trace(typeof hoisted); { function hoisted() { return ${x} } trace(hoisted()) } trace(typeof hoisted) }`,
      ),
      ...(parses('{ using x = null }')
        ? [
            fc
              .tuple(e, s)
              .map(
                ([x, y]) =>
                  `try { using p = res(1), q = res(${x}); ${y} trace(p.n) } catch (w) { trace(String(w)) }`,
              ),
            fc
              .tuple(e, s)
              .map(
                ([x, y]) =>
                  `for (using p of [res(${x}), res(2)]) { ${y} if (block(p.n) === 2) break }`,
              ),
          ]
        : []),
      fc.tuple(s, s).map(([x, y]) => `${x} ${y}`),
    ),
    /** Of async functions; what they call is awaited at once, so that nothing runs beside. */
    late: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      s,
      fc
        .tuple(e, l)
        .map(([x, y]) => `trace(await (async (p = 1, ...q) => { ${y} return ${x} })());`),
      fc
        .tuple(e, e, l, l)
        .map(
          ([w, x, y, z]) =>
            `try { ${y} trace(await block(Promise.reject(${w}))) } catch (q) { trace(String(q)); ${z} } finally { trace(await ${x}) }`,
        ),
      fc
        .tuple(e, l)
        .map(
          ([x, y]) =>
            `for await (const v of later(${x})) { trace(v); ${y} if (await block(v)) break }`,
        ),
      fc.tuple(e, l).map(([x, y]) => `for await (const v of gen(${x})) { trace(v); ${y} }`),
      fc
        .tuple(e, l)
        .map(
          ([x, y]) => `for (const v of gen(await ${x})) { ${y} if (await v) continue; trace(v) }`,
        ),
      fc
        .tuple(e, e, l)
        .map(
          ([x, y, z]) =>
            `{ const it = (async function* () { try { const r = yield ${x}; trace(r); yield* later(${y}) } finally { ${z} await null } })(); trace(await it.next()); trace(await it.next(block(5))); trace(await it.return(6)); trace(await it.next()) }`,
        ),
      fc.tuple(e, e).map(([x, y]) => `trace([await ${x}, block(1), await ${y}]);`),
      fc.tuple(e, e).map(([x, y]) => `trace(f(await ${x}, block(await ${y})));`),
      fc
        .tuple(e, l)
        .map(
          ([x, y]) =>
            `trace(await new (class { async m(p = ${x}) { ${y} return block(p) } async *n() { yield* [block(1)] } })().m());`,
        ),
      fc
        .tuple(e, l)
        .map(
          ([x, y]) =>
            `switch (await ${x}) { case await block(1): ${y} default: trace(await block('d')) }`,
        ),
      fc
        .tuple(e, l)
        .map(
          ([x, y]) =>
            `z: for (let i = 0; i < 2; i++) { const h = async () => [i, ${x}]; try { if (i) break z; ${y} continue z } finally { trace(await h()) } }`,
        ),
      fc.tuple(l, l).map(([x, y]) => `${x} ${y}`),
    ),
  };
});

/** How V8 prints an expression that is called in vain is not reproduced for every form. */
const messages = (output: string[]): string[] =>
  output.map((line) =>
    line
      .replace(/TypeError: .* is not a function/, 'TypeError: not a function')
      .replace(/(Cannot destructure property '.*' of )'.*'/, '$1it'),
  );

/** In CI always the same programs, so that it judges the change and not the day's luck; elsewhere new ones each time. */
const SEED = process.env['COPPICE_SEED'] ?? (process.env['CI'] ? '20261121' : undefined);
const runs = {
  numRuns: Number(process.env['COPPICE_RUNS'] ?? 300),
  ...(SEED ? { seed: Number(SEED) } : {}),
};

const PRELUDE = `
  var steps = 0;
  function trace(v) { if (++steps > 200) throw new Error('long enough'); let t; try { t = JSON.stringify(v) } catch { t = typeof v } log(typeof v + ' ' + t); return v }
  var a = 1, b = 2, n = null, l = [1, 2, 3];
  function f(x, y) { trace('f'); return block(y) === undefined ? x : y }
  var o = { x: 1, y: 2, m(x, y) { trace(this === o); return block(x) }, get g() { trace('get'); return block(this.x) }, set g(v) { trace('set'); this.x = block(v) } };
  class K { #p; constructor(v) { this.#p = block(v); this.v = v } get q() { return this.#p } static has(x) { return #p in block(x) } }
  class L extends K { z = trace('field'); constructor(v) { trace('L'); super(v); this.w = block(this.q) } }
  function promised(v) { block(v); const p = Promise.resolve(v); p.catch(() => {}); return p }
  function same(strings) { block(1); return strings }
  // Node 20's V8 reads a prototype's getters once more for a rest pattern, so that is another object.
  var sup = { __proto__: { k: 2, m(x, y) { trace(this === sup); return block(x) }, get g() { return block(this.k) }, get x() { trace('x'); return block(1) } }, k: 3, n(x) { return super.m(block(x), super.x) + super.g }, get g() { return block(4) } };
  var px = new Proxy(o, { get: (t, k, r) => k === 'q' ? block(r === px) : Reflect.get(t, k, r), set: (t, k, v) => block(true) });
  function closing(v) { let n = 0; return { [Symbol.iterator]() { return this }, next: () => block({ done: n > 2, value: n++ }), return() { trace(v); throw block(new Error('closing')) } } }
  function res(n) { return { n, [Symbol.dispose ?? 'dispose']() { trace('dispose'); block(n) } } }
  async function* later(v) { try { yield trace(v); yield block(2) } finally { trace(block('later closed')); await null } }
  function* gen(v) { try { yield trace(v); yield block(2) } finally { trace(block('closed')) } }
`;

test('random programs print the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(statement, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      async (body, strict, inAsync) => {
        const source = `${strict ? "'use strict';" : ''}${PRELUDE}exports.main = ${inAsync ? 'async ' : ''}function () { ${body.join('\n')} return [a, b, o.x, o.y, l] }`;
        const plain = await runPlain(source);
        const compiled = await runCompiled(source);
        expect(messages(compiled.output)).toEqual(messages(plain.output));
        const faces = await runFaces(source);
        expect(messages(faces.output)).toEqual(messages(plain.output));
      },
    ),
    runs,
  );
});

test('random async programs print the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(late, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (body, strict) => {
        const source = `${strict ? "'use strict';" : ''}${PRELUDE}exports.main = async function () { ${body.join('\n')} return [a, b, o.x, o.y, l] }`;
        const plain = await runPlain(source);
        const compiled = await runCompiled(source);
        expect(messages(compiled.output)).toEqual(messages(plain.output));
        expect(messages((await runFaces(source)).output)).toEqual(messages(plain.output));
      },
    ),
    runs,
  );
});

test('random expressions have the same value', async () => {
  await fc.assert(
    fc.asyncProperty(expression, async (text) => {
      const source = `${PRELUDE}exports.main = function () { return trace(${text}) }`;
      const plain = await runPlain(source);
      const compiled = await runCompiled(source);
      expect(messages(compiled.output)).toEqual(messages(plain.output));
    }),
    runs,
  );
});

/** Whatever a World answers, only where it waits may change: any wrong answer is a pin. */
function someWorld(seed: number): World {
  const answer = (name: string | null): boolean => {
    let hash = seed;
    for (const char of name ?? '?') hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
    return (hash & 3) !== 0;
  };
  return { call: answer, access: (name) => !answer(name), iterate: (seed & 1) === 0 };
}

test('random worlds do not change what is printed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(statement, { minLength: 1, maxLength: 3 }),
      fc.integer(),
      async (body, seed) => {
        const source = `${PRELUDE}exports.main = function () { ${body.join('\n')} return [a, b, o.x, o.y, l] }`;
        const plain = await runPlain(source);
        const compiled = await runCompiled(source, someWorld(seed));
        expect(messages(compiled.output)).toEqual(messages(plain.output));
      },
    ),
    runs,
  );
});

for (const [name, body] of Object.entries({ ...programs, ...forms })) {
  // How an error names what was called is only kept where the call is a yield point.
  if (name === 'call errors') continue;
  test(`${name}, in several worlds`, async () => {
    const source = `exports.main = function () {${body}}`;
    const plain = await runPlain(source);
    for (let seed = 1; seed <= 40; seed++) {
      const compiled = await runCompiled(source, someWorld(seed * 7919));
      expect(compiled.output, `world ${seed}`).toEqual(plain.output);
    }
  });
}
