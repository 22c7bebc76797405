/**
 * Programs for the differential tests: each is the body of a function, with `block(x)` at places where a call can
 * stand. They print with `log`, and what matters is that plain and compiled print the same.
 */
export const programs: Record<string, string> = {
  calls: `
    function f(a, b) { return [a, b, arguments.length, this === undefined || this === globalThis]; }
    log(f(block(1), 2), f(1), f(...[1, 2, 3]), f(...block([4, 5])), (0, f)(9));
    const o = { f, g: { h(x) { return [this === o.g, x, block(x)]; } } };
    log(o.f(1)[3], o['f'](1)[3], o.g.h(2), o['g']['h'](3), (o.g.h)(4), (o.g).h(5));
    let i = 0; const order = (x) => { log('order', x); return block(x); };
    f(order(1), order(2)); order(order)(3);
    [order][i++](4); log(i);
    log(((a) => block(a))(1), (function () { return block(this === o) }).call(o));`,
  'call errors': `
    const show = (f) => { try { log(f()); } catch (e) { log(e.name + ': ' + e.message); } };
    const o = { a: { b: 1 }, s: 'x' }; let u, n = null, k = 'zz';
    show(() => u()); show(() => n()); show(() => o.x()); show(() => o.a.b()); show(() => o[k]()); show(() => o['q']());
    show(() => u.x()); show(() => u.x.y()); show(() => o.x.y); show(() => o.x.y()); show(() => missing()); show(() => missing.x);
    show(() => o.a().b); show(() => block(5)()); show(() => o.s.nope(block(1))); show(() => new u()); show(() => new (o.a)());
    show(() => { u(log('args first')); }); show(() => { u.x(log('args not')); }); show(() => { o.x(log('args yes')); });
    show(() => { const c = c1(); function c1() { return c2; } let c2 = 1; }); show(() => { n.x = 1; }); show(() => { u[log('key')] = 1; });
    show(() => { for (const x of 5) ; }); show(() => { for (const x of u) ; }); show(() => { for (const x of o) ; });
    show(() => { class A { constructor() { block(1); } } A(); }); show(() => { throw block(new RangeError('r')); });`,
  'functions keep their shape': `
    function a(x, y = 1, ...z) { return block(x); }
    const b = function (x, y) { return block(x); }, c = (x) => block(x), d = function named(x) { return block(named.name); };
    let e; e = () => block(1); let { g = function () { block(1); } } = {}; const [h = () => { block(2); }] = [];
    const o = { m() { block(1); }, p: () => block(1), ['q' + 1]: () => block(1), ['r' + 1]() { block(1); }, 'a-b'() { block(1); }, 12() { block(1); }, get s() { return block(1); }, t: function () { block(1); }, [Symbol('sym')]: () => block(1), __proto__: null, async u() { block(1) }, *v() { block(1) } };
    class K { m() { block(1); } static s() { block(1); } get x() { return block(1); } set x(v) { block(v); } ['c' + 1]() { block(1); } f = () => block(1); *g() { block(1) } async h() { block(1) } constructor(q) { block(1); } }
    const show = (f) => log(f.name, f.length, typeof f, Object.getOwnPropertyNames(f).sort().join(), f.prototype && Object.getOwnPropertyNames(f.prototype).join(), Object.getPrototypeOf(f) === Function.prototype, f);
    for (const f of [a, b, c, d, e, g, h, o.m, o.p, o.q1, o.r1, o['a-b'], o[12], o.t, o[Object.getOwnPropertySymbols(o)[0]], o.u, o.v, K, K.prototype.m, K.s, K.prototype.c1, new K().f, K.prototype.g, K.prototype.h, Object.getOwnPropertyDescriptor(K.prototype, 'x').get, Object.getOwnPropertyDescriptor(K.prototype, 'x').set, Object.getOwnPropertyDescriptor(o, 's').get]) { show(f); log(f.toString()); }
    log(Object.keys(o), Object.getOwnPropertyNames(K.prototype), d(1), new b(1) instanceof b, Reflect.ownKeys(K));
    for (const f of [c, o.m, o.v, o.u]) { try { new f(); log('constructed'); } catch (x) { log(x.name); } }`,
  'this, arguments, new.target': `
    function F(a) { if (!new.target) return new F(block(a)); this.a = block(a); this.t = new.target === F; (() => { this.b = arguments.length; this.n = new.target === F; block(1); this.c = block(arguments[0]); })(); }
    log({ ...F(1) }, { ...new F(2) });
    const o = { k: 3, m() { return [1, 2].map((x) => block(x) * this.k).concat([...arguments].map((y) => block(y))); }, n: () => block(typeof this) };
    log(o.m(7, 8), o.n() === typeof this);
    function sloppy() { return block(typeof this); } log(sloppy(), sloppy.call(5), sloppy.call(null) !== undefined);
    function args(a, b) { arguments[0] = block(9); return [a, b, arguments.length, Array.isArray(arguments), block({ arguments }).arguments[1]]; } log(args(1, 2, 3));
    function inner() { const f = () => { const g = () => [this, arguments.length, block(arguments[0])]; return g(); }; return f(); } log(inner.call('s', 5, 6)[2]);
    function dflt(a = () => [this.z, block(arguments.length)], b = a()) { return b; } log(dflt.call({ z: 1 }));
    function Base() { this.made = block('base'); } function Derived() { Base.call(this); this.more = block(2); } Derived.prototype = Object.create(Base.prototype); log({ ...new Derived() }, new Derived() instanceof Base);
    function Returns() { this.x = block(1); return { other: block(2) }; } log(new Returns()); function Prim() { this.x = block(1); return 5; } log({ ...new Prim() });
    log(Reflect.construct(F, [1], Array) instanceof Array);`,
  'parameters and destructuring': `
    function f(a = block(1), { b = block(2), c: [d = block(3), ...e] = block([4, 5, 6]), ...r } = block({ z: 1 }), ...s) { return [a, b, d, e, r, s]; }
    log(f(), f(9, { b: 8, c: [], q: 1 }, 7, 6), f.length);
    const g = (a, b = block(a) + 1, c = () => b) => { var q = b; b = block(5); return [a, q, c()]; }; log(g(1), g.length);
    const h = ([x, y] = block([1, 2])) => block(x + y); log(h(), h([5, 6]));
    let p, q; ({ p, q = block(5) } = block({ p: 1 })); log(p, q); [p, q] = block([q, p]); log(p, q); [p = block(1), , q] = []; log(p, q);
    const { [block('k')]: v, ...w } = { k: 1, l: 2 }; log(v, w);
    const t = {}; [t.a, t[block('b')]] = [1, 2]; ({ x: t.c = block(7) } = {}); log(t);
    for (const { a, b = block(2) } of [{ a: 1 }, { a: block(3), b: 4 }]) log(a, b); for (t.q of [1, block(2)]) ; for ([p, q = block(9)] of [[1], [2, 3]]) log(p, q);
    for (const [k, x] of Object.entries({ m: 1, n: 2 })) log(k, block(x)); for (const k in block({ a: 1, b: 2 })) log(block(k));
    try { ((a = b, b) => block(a))(); } catch (e) { log(e.message); } function shadow(a = block(1)) { var a; return a; } log(shadow(), shadow(4));
    try { throw { m: 1 }; } catch ({ m, n = block(2) }) { log(m, n); }`,
  'control flow': `
    const log2 = (x) => (log(x), block(x));
    outer: for (let i = 0; i < block(3); i++) { for (let j = 0; ; j++) { if (block(j) > i) continue outer; if (i === 2) break outer; log(i, j); } }
    let n = 0; while (block(n) < 3) { n++; if (block(n) === 2) continue; log('w', n); } do { n--; } while (block(n) > 0); log(n);
    switch (block(2)) { case block(1): log('one'); case block(2): log('two'); case 3: log('three'); break; default: log('no'); }
    switch (block('q')) { default: log2('d'); case 1: log2('f'); }
    const fs = []; for (let i = 0; i < 3; i++) { fs.push(() => block(i)); } log(fs.map((f) => f()));
    const gs = []; for (const x of [1, 2]) { let y = block(x); gs.push(() => y++ + block(x)); } log(gs.map((g) => g()), gs.map((g) => g()));
    lbl: { log('in'); if (block(true)) break lbl; log('never'); } if (block(0)) log('no'); else if (block(1)) log('yes');
    log(block(1) ? block('a') : block('b'), block(0) || block(2), block(null) ?? block(3), block(1) && block(4)); var v = (log('c'), block(5)); log(v);
    function r() { for (const x of [1, 2, 3]) { if (block(x) === 2) return block('r' + x); } } log(r()); if (block(1)) { function hoisted() { return block('h'); } log(hoisted()); }
    log(early()); function early() { return block('early'); } { log(inBlock()); function inBlock() { return block('b'); } }`,
  'try, catch, finally': `
    function t(k) { try { log('try', k); if (k === 1) throw block(new Error('e')); if (k === 2) return block('ret'); return 'end'; } catch (e) { log('catch', block(e.message)); return 'caught'; } finally { log('finally', block(k)); if (k === 3) return 'override'; } }
    log(t(0), t(1), t(2), t(3)); const bad = () => { throw block(new TypeError('bad')); };
    try { try { bad(); } finally { block(1); log('f'); } } catch { log('outer'); } for (const i of [1, 2, 3]) { try { if (block(i) === 2) continue; log(i); } finally { log('fi', block(i)); } }
    function nested() { try { return block(1); } finally { try { bad(); } catch (e) { log(e.message); } } } log(nested());
    function loop() { for (;;) { try { return block('x'); } finally { break; } } return 'broke'; } log(loop());
    const e = new Error('c', { cause: block(1) }); log(e.cause); try { null.x(block(1)); } catch (x) { log(x.constructor.name); }`,
  operators: `
    const o = { n: 1, s: 'a', get g() { log('get g'); return block(5); }, set g(v) { log('set g', block(v)); }, u: undefined }; let x = 1;
    log(1 + block(2) * 3, block(2) ** block(3), -block(1), typeof block(1), !block(0), void block(1), block(1) < block(2), 'n' in block(o), block([]) instanceof Array);
    x += block(2); log(x, x++ + block(x), --x); o.n += block(4); o['s'] += block('b'); log(o.n, o.s, o.n++, ++o.n, o.n--, o.n);
    log(o.g, o.g++, o.g += 2, (o.g = block(9)), o.g ??= 1, o.u ??= block('d'), o.u &&= block('e'), o.v ||= block('f'), o['g'] -= 1);
    let i = 0; const a = [1, 2, 3]; a[i++] += block(10); a[i++]++; log(a, i); a[block(2)] = block(7); log(a, delete o.n, delete o?.s, delete a[block(0)], 'n' in o); const q = { 0: '5' }; log(q[0]++, q[0], typeof q[0]);
    let b = 5n; const w = { b }; w.b++; log(w.b, w.b + block(2n)); log(\`a\${block(1)}b\${block('c')}\`, [block(1), , ...block([2, 3])], { a: block(1), [block('k')]: 2, ...block({ z: 3 }), b });
    var p; p ??= block(3); p &&= block(4); log(p, (1, block(2)), new Date(block(0)).getTime(), /a/.test(block('a')), block(x) === x);`,
  'optional chains': `
    const o = { a: { b(x) { return [this === o.a, x, block(x)]; }, c: null, n: { m: () => block('m') } }, f: (x) => block(x), u: undefined, get g() { return block({ h: 1, i() { return block(this.h); } }); } }; const n = null; let hits = 0; const hit = () => { hits++; return block('a'); };
    log(o?.a?.b(1), o.a.b?.(2), o.u?.(hit()), o.u?.b.c.d(hit()), n?.x.y(hit()), n?.[hit()], n?.[hit()](hit()), o?.f(3), o?.['f']?.(4), o.a?.c?.d, o?.[hit()].b(5), hits);
    log(o?.g.h, o.g?.i(), o.g?.['i']?.(), o.zz?.i(), (o?.a).b(6), (o?.a.b)(7)[2], o.a?.n.m(), o.a.n?.m?.().length, typeof n?.x, delete n?.x, delete o?.f, block(o)?.a?.b(8), block(n)?.a.b(hit()), hits);
    try { o.u?.x.y; n?.x.y; (n?.x).y; } catch (e) { log(e.message); } try { o.a?.zz(); } catch (e) { log(e.message); } try { o.a?.n?.zz.q(); } catch (e) { log(e.message); }`,
  classes: `
    const L = []; class A { #p = 1; static #s = 2; x = log('field x') ?? 3; static y = log('static y') ?? 4; ['c' + 1] = 5; constructor(a) { log('A', new.target.name); this.a = block(a); this.b = this.#m(2); } #m(v) { return block(v) + this.#p; } get p() { return block(this.#p); } set p(v) { this.#p = block(v); } static make(v) { return new this(block(v) + A.#s); } static #priv(v) { return block(v); } static usePriv() { return this.#priv(3); } has(o) { return #p in o; } get #acc() { return block(this.#p * 10); } set #acc(v) { this.#p = block(v); } acc() { this.#acc++; this.#acc += 2; return this.#acc; } map() { return [1, 2].map(this.#id); } #id(v) { return block(v); } *gen() { yield block(1); yield* [this.#p, block(2)]; } static { this.z = 6; } m() { return block('A.m'); } get sup() { return block('A.sup'); } static sm() { return block('A.sm'); } }
    class B extends A { y = this.a + 1; #q = block(7); constructor(a, ...rest) { log('before', block(1)); super(block(a) + 1, ...rest); log('after', this.y); this.q = this.#q; } m() { return 'B' + super.m() + super['m'](); } get sup() { return 'B' + super.sup; } static sm() { return 'B' + super.sm(); } arrow() { return [1].map(() => super.m() + block(this.a)); } set w(v) { super.w = block(v); } }
    class C extends B { z = block(9); } class D extends C { constructor() { super(block(1)); return block(this); } } class E extends A { constructor() { const f = () => super(block(5)); f(); this.e = block(1); } } class N { constructor() { return { other: block(1) }; } } class M extends N { f = 1; constructor() { super(); this.g = block(2); } }
    for (const K of [A, B, C, D, E, N, M]) { const k = new K(1); log({ ...k }, k instanceof K, K.name, K.length); } const a = new A(4), b = new B(4);
    log(a.p, (a.p = 8), a.p++, a.p, { ...A.make(1) }, { ...B.make(1) }, A.usePriv(), a.has(a), a.has({}), a.acc(), a.map(), [...a.gen()], A.z, b.m(), b.sup, B.sm(), b.arrow(), A.y);
    b.w = 5; log(b.w); try { new (class extends A { constructor() { block(1); } })(); } catch (e) { log(e.name, e.message); } try { new (class extends A { constructor() { super(1); super(2); } })(); } catch (e) { log(e.name, e.message); } try { new (class extends A { constructor() { this.x = block(1); super(); } })(); } catch (e) { log(e.message); }
    class Err extends Error { constructor(m) { super(block(m)); this.code = block('X'); } } const e = new Err('boom'); log(e.message, e.code, e instanceof Err, e.name); class Arr extends Array { constructor(...a) { super(...a); block(1); } sum() { return this.reduce((x, y) => block(x) + y, 0); } } const arr = Arr.from([1, 2, 3]); log(arr.sum(), arr.map((x) => block(x)).constructor.name, arr.length);
    const Mixin = (S) => class extends S { mixed() { return block('mixed') + (super.m ? super.m() : ''); } }; log(new (Mixin(A))(1).mixed(), new (Mixin(Object))().mixed()); const Named = class Inner { who() { return block(Inner.name); } }; log(new Named().who(), Named.name); const anon = class { static n = block(this.name); }; log(anon.n);
    function Old(x) { this.x = block(x); } Old.prototype.get = function () { return block(this.x); }; class New extends Old { y = this.x + 1; constructor() { super(block(3)); } } log({ ...new New() }, new New().get()); for (const i of [1, 2]) { class Loop { v() { return block(i); } } L.push(Loop); } log(L.map((K) => new K().v())); class St { static a() { return block(1); } static b = St.a(); static c = this.a(); } log(St.b, St.c);
    class Fields { a = 1; b = () => block(this.a); c = [1, 2].map((x) => block(x) + this.a); static d = () => block(this.name); } const fi = new Fields(); log(fi.b(), fi.c, Fields.d(), fi.b.name); log(Object.getOwnPropertyNames(A.prototype), Reflect.ownKeys(A)); try { Object.create(A.prototype).map(); } catch (e) { log(e.name); } class Empty {} class Empty2 extends Empty {} log(new Empty2() instanceof Empty);
    class P0 { constructor(x) { this.x = block(x); } } class P1 extends P0 {} class P2 extends P1 { f = block(this.x); } log({ ...new P2(3) }, P2.length); const bound = A.bind(null, 3); log({ ...new bound() }); log(Reflect.construct(B, [1], C).constructor.name, Object.getPrototypeOf(Reflect.construct(A, [1], B)) === B.prototype);`,
  generators: `
    function* g(a, b = log('param') ?? block(2)) { try { log('start'); const r = yield block(a); log('got', r); yield* [b, block(3)]; const s = yield* inner(); log('inner', s); return block('done'); } finally { log('cleanup', block(1)); } } function* inner() { yield block('i1'); return block('ret'); }
    log([...g(1)]); const it = g(5); log(it.next('ignored'), it.next('sent'), it.next(), it.return('early'), it.next()); const it2 = g(6); it2.next(); try { it2.throw(new Error('thrown')); } catch (e) { log(e.message); } log(Object.prototype.toString.call(it), typeof it[Symbol.iterator], it instanceof g, g.prototype.isPrototypeOf(it), g.constructor.name, it.toString());
    for (const x of g(7)) { log(x); if (x === 2) break; } const o = { *[Symbol.iterator]() { yield block(1); yield block(2); } }; for (const x of o) log(x); log([...o, ...o], Math.max(...o), new Set(o).size, Array.from(o, (x) => block(x) * 2)); const [a, ...r] = o; log(a, r);
    const manual = { n: 0, [Symbol.iterator]() { return this; }, next() { return block({ done: this.n >= 3, value: this.n++ }); }, return(v) { log('closed', block(1)); return {}; } }; for (const x of manual) { log(x); if (x === 1) break; } function early() { for (const x of g(1)) { return block('out' + x); } } log(early()); lbl: for (const x of g(1)) { for (const y of g(2)) { continue lbl; } }
    function* inf() { let i = 0; for (;;) yield block(i++); } const taken = []; for (const x of inf()) { if (x > 3) break; taken.push(x); } log(taken); function* expr() { const x = (yield 1) + (yield block(2)); log(x); yield; yield [yield 3, yield 4]; } const ex = expr(); log(ex.next(), ex.next(10), ex.next(20), ex.next(), ex.next('p'), ex.next('q'), ex.next()); function* th() { try { yield 1; } catch (e) { yield block('c' + e); } } const t = th(); t.next(); log(t.throw(5)); try { for (const x of g(1)) throw new Error('body'); } catch (e) { log(e.message); }
    class It { constructor(n) { this.n = n; } *[Symbol.iterator]() { for (let i = 0; i < this.n; i++) yield block(i); } } log([...new It(3)]); function* deleg() { const v = yield* manual2; log('v', v); } const manual2 = { [Symbol.iterator]: () => ({ i: 0, next(v) { return this.i++ < 2 ? { value: block(v), done: false } : { value: block('end'), done: true }; } }) }; const de = deleg(); log(de.next('a'), de.next('b'), de.next('c')); const e2 = g.call({}, 9); log(e2.next().value); log(g(1).next === it.next, Object.getOwnPropertyNames(it)); const fin = (function* () { yield this === undefined || this; yield arguments.length; })(1, 2); log(fin.next().done, fin.next().value);
    function* rec(n) { if (n > 0) { yield block(n); yield* rec(n - 1); } } log([...rec(4)]); try { const run = (function* () { run.next(); yield 1; })(); run.next(); } catch (e) { log(e.message); }`,
  'built-ins that call back': `
    const a = [3, 1, 2]; log(a.map((x) => block(x) + 1), a.filter((x) => block(x) > 1), a.reduce((s, x) => s + block(x), 0), a.reduceRight((s, x) => s + block(x)), a.some((x) => block(x) === 2), a.every((x) => block(x) > 0), a.find((x) => block(x) === 1), a.findIndex((x) => block(x) === 2), a.flatMap((x) => [block(x), [x]]), [...a].sort((x, y) => block(x) - y), [...a].sort((x, y) => block(y - x)));
    a.forEach(function (x, i, l) { log(this.t, block(x), i, l === a); }, { t: 1 }); log(Array.from({ length: 3 }, (_, i) => block(i)), Array.from(new Set([1, 2]), (x) => block(x)), [, 1, , 2].map((x) => block(x)), [5, undefined, 1, , 3].sort((x, y) => block(x) - y)); new Map([[1, 2], [3, 4]]).forEach((v, k, m) => log(block(k), v, m.size)); new Set([1]).forEach((v) => log(block(v)));
    log('a1b22'.replace(/\\d+/g, (m, i) => block(m.length) + '@' + i), 'abc'.replace('b', (m) => block('[' + m + ']')), 'aXbX'.replaceAll('X', (m, at) => block(at)), 'x'.replace(/y/, () => block(1)), '2020-01'.replace(/(?<y>\\d+)-(?<m>\\d+)/, (...g) => block(g.at(-1).m)));
    function f(...x) { return [this?.k, ...x.map((y) => block(y))]; } const o = { k: 1 }; log(f.call(o, 1, 2), f.apply(o, [3, 4]), f.bind(o, 5)(6), Reflect.apply(f, o, [7]), f.call(), f.apply(o), f.bind(o).name, f.bind(o, 1).length); log(Reflect.construct(function () { this.z = block(1); }, [])); try { [].reduce((x) => block(x)); } catch (e) { log(e.name, e.message); } try { [1].map(5); } catch (e) { log(e.message); }
    log(JSON.stringify({ a: 1, toJSON() { return { b: block(2) }; } }), JSON.parse('{"a":[1,2]}', (k, v) => (typeof v === 'number' ? block(v) + 1 : v)), String({ toString() { return block('str'); } }), +{ valueOf() { return block(4); } }, \`\${{ [Symbol.toPrimitive]: (h) => block(h) }}\`, Object.fromEntries([1, 2].map((x) => [block('k' + x), x])), [1, [2, [3]]].flat(block(2)), [3, 2, 1].findLast((x) => block(x) > 1));
    const seen = []; try { [1, 2, 3].forEach((x) => { seen.push(block(x)); if (x === 2) throw new Error('stop'); }); } catch (e) { log(e.message, seen); } log([1, 2].entries().next(), Object.keys(block({ a: 1 })), [..."ab"].map((c) => block(c)).join('')); const m = [1, 2, 3]; log(m.map((x, i) => { if (i === 0) m.push(block(9)); return x; }), m.length); log(new Proxy(f, { apply: (t, s, args) => block(['trapped', ...args]) })(1), new Proxy({}, { get: (t, k) => block('got ' + String(k)) }).abc);`,
  getters: `
    const db = []; const load = (x) => { db.push(x); return block({ id: x, name: 'n' + x }); }; class Post { constructor(i) { this.i = i; } get author() { return this._a ??= load(this.i); } set author(v) { this._a = block(v); } } const p = new Post(1); log(p.author.name, p.author.name, db.length, p?.author?.name); p.author = { name: 'set' }; log(p.author.name); const q = new Post(2); log(\`\${q.author.name}\`, q['author'].id); q.author.name += '!'; log(q.author.name); const { author } = new Post(3); log(author.id);
    Object.defineProperty(p, 'dyn', { get() { return block('dyn' + this.i); }, set(v) { log('set', block(v)); }, configurable: true }); log(p.dyn, (p.dyn = 3)); class Sub extends Post { get author() { return { name: 'sub ' + super.author.name }; } } log(new Sub(4).author.name); const o = { get f() { return (x) => block([this === o, x]); }, get err() { throw block(new Error('in getter')); }, get self() { return block(this); } }; log(o.f(1), o.self.self.f(2)); try { o.err; } catch (e) { log(e.message); } try { o.err.x; } catch (e) { log(e.message); } log(Reflect.get(o, 'f')(3), Object.getOwnPropertyDescriptor(o, 'f').get.call(o)(4), { ...{ get z() { return block(1); } } }, Object.entries({ get z() { return block(1); } }));
    const proto = { get v() { return block(this.w); } }; const child = Object.create(proto, { w: { value: 5 } }); log(child.v, child['v']); let undef; try { undef.author; } catch (e) { log(e.message); } log(new Proxy(new Post(9), {}).author.name, [new Post(5), new Post(6)].map((x) => x.author.id), [...'ab'].length, 'abc'.length, (5).toFixed(1)); const arr = [new Post(7)]; arr[0].author.name = 'x'; log(arr[0].author.name++, arr[0].author.name); let key = { toString() { log('key'); return 'author'; } }; log(p[key].name); p[key] = { name: 1 }; p[key].name += block(1); log(p.author.name); for (o.zz of [1, 2]) ; log(o.zz, delete p.dyn, p.dyn, 'author' in p);`,
  'tagged templates': `
    const tag = (s, ...v) => [s.raw.join('|'), ...v.map((x) => block(x)), s]; const sites = []; for (let i = 0; i < 2; i++) sites.push(tag\`a\${block(i)}b\\n\`[2]); log(sites[0] === sites[1], Object.isFrozen(sites[0]), sites[0]); const o = { t(s, ...v) { return [this === o, s[0], block(v)]; }, get: () => tag, k: 't' }; log(o.t\`x\${1}\`, o[o.k]\`y\`, o.get()\`z\${2}\`.slice(0, 2), tag\`\`.slice(0, 1), (function () { return block(this === undefined || this === globalThis); })\`\`); try { o.nope\`x\`; } catch (e) { log(e.message); } log(String.raw\`\\n\${block(1)}\`);`,
  'scope and hoisting': `
    var x = 1; { let x = block(2); log(x); } log(x); try { log(tdz); let tdz = 1; } catch (e) { log(e.message); } try { k = block(1); const k = 2; } catch (e) { log(e.name, e.message); } const c = 1; try { c = block(2); } catch (e) { log(e.message); } log(typeof undeclared, typeof fn, typeof blockFn); function fn() { return block(1); } if (block(true)) { function blockFn() { return block(2); } } function dup() { return block('first'); } function dup() { return block('second'); } log(dup()); const rec = function fact(n) { return n < 2 ? 1 : n * fact(block(n - 1)); }; log(rec(5)); const self = function me() { try { me = 1; } catch (e) { log(e.name); } return typeof me + block(''); }; log(self()); var fn2 = fn; fn = () => block('replaced'); log(fn(), fn2()); let a = 1; const bump = () => (a = block(a + 1)); log(a + bump() + a, [a, bump(), a], ((p, q) => p + q)(a, bump()));
    const f1 = (v) => v; let target = f1; log(target(((target = (v) => 'wrong' + v), block('right')))); const ob = { m: (v) => 'm' + v }; log(ob.m(((ob.m = (v) => 'wrong'), block(1)))); let ref = { v: 1 }; const old = ref; ref.v = ((ref = { v: 9 }), block(2)); log(old, ref); const arr = [0, 0]; let i = 0; arr[i] = ((i = 1), block(5)); log(arr, i); label: for (var z of [1, 2]) { for (;;) { continue label; } } log(z); log(((a, b = a, c = () => a) => { a = block(5); return [a, b, c()]; })(1)); var yieldy = { yield: 1, await: 2, async: (x) => block(x), get: 1, set: 2, static: 3, of: 4 }; log(yieldy.yield, yieldy.await, yieldy.async(1)); var let_ = 1; var async = (x) => block(x); log(async(2)); var of = [1]; for (var of of of) log(of);`,
  'direct eval and with are left alone': `
    var local = 5; function ev(p) { var q = block(1); return eval('p + q + local'); } log(ev(1)); log((() => { const t = block(2); return eval('t'); })());`,
  'async functions': `
    const order = []; async function f(x) { order.push('f' + x); const a = block(x); order.push('g' + x); await null; order.push('h' + x); return [a, [1, 2].map((y) => block(y)), o.g]; } const o = { get g() { return block('got'); }, async m() { return this.n() + block(1); }, n() { return block(2); } }; class A { async m() { return 'A' + block(1); } } class B extends A { async m() { return 'B' + (await super.m()) + block(2); } *gen() { yield block(1); } async loop() { const r = []; for (const x of this.gen()) r.push(x); for await (const x of ag()) r.push(x); try { throw block(new Error('x')); } catch (e) { r.push(e.message); } finally { r.push(block('fin')); } return r; } } async function* ag() { yield block(1); yield* [block(2)]; try { yield 3; } finally { order.push(block('agfin')); } } const arrow = async (x, ...y) => block(x) + y.length + (await block(Promise.resolve(1))); const reject = async () => { throw block(new Error('rej')); };
    return (async () => { log(await f(1), await o.m(), await new B().m(), await new B().loop(), await arrow(1, 2, 3)); try { await reject(); } catch (e) { log(e.message); } const it = ag(); log(await it.next(), await it.return(9)); log(order); log(await Promise.all([f(2), f(3)])); let v = 0; v += await block(Promise.resolve(3)); log(v, block(1) ? await 2 : 3, typeof f, f.constructor.name, f.name, arrow.length); const lbl = async () => { outer: for (const x of [1, 2]) { for (const y of [1, 2]) { if (block(y) === 2) continue outer; if (x === 2) break outer; } } return block('lbl'); }; log(await lbl()); log(await (async function () { return [this?.q, arguments.length, block(1), (() => block(arguments[0]))()]; }).call({ q: 1 }, 5)); return block('end'); })();`,
  'rejections that nobody handles': `
    const bad = (x) => { throw block(new Error(x)); }; new Promise(() => bad('in an executor')); (async () => bad('in an async function'))(); (async () => { block(1); return bad('later'); })().then(() => log('never')); Promise.reject(new Error('at once')); (async (p = 1) => { await null; bad('after an await'); })(); (async function* () { bad('in an async generator'); })().next(); [1].forEach(async (x) => bad('in a callback'));
    (async () => bad('handled'))().catch((e) => e); new Promise(() => bad('handled too')).then(null, () => {}); const late = Promise.reject(new Error('handled late')); block(1); late.catch(() => {});`,
  asi: `
    var a = 1
    block(a)
    log(a)
    var f = function () { return block(1) }
    ;[1, 2].forEach((x) => log(block(x)))
    var b = a
    ++a
    log(a, b)
    var r = (() => {
      return block(
        5
      )
    })()
    log(r)
    do log(block(1)); while (block(0)) log('after')
    if (block(1)) log('t')
    else log('e')
    let x = block(1)
    ;(function () { log(block(x)) })()
    const o = { a: 1 }
    o.a = block(2)
    o.a++
    log(o.a)
    for (const y of [1]) block(y)
    log('end') // comment
    /* c */ log(/* in */ block /* x */ (/* y */ 1 /* z */ , 2 /* w */), ( /* p */ block)(3), o /* 1 */ . /* 2 */ a, o /* 3 */ ?. /* 4 */ a)
    const q = (x) => // line
      // another
      block(x)
    log(q(1), ((x) => ({ x: block(x) }))(2), (x => block(x))(3), (async x => block(x)).name, ((/* none */) => block(4))(), (function /* n */ nm /* m */ (/* args */ z /* e */) /* b */ { return block(z) })(6))`,
  'super in odd places': `
    class A { v = 1; m() { return block('m' + this.v); } get g() { return block('g' + this.v); } set s(x) { this.set = block(x); } static st() { return block('st'); } static get sg() { return block('sg'); } }
    class B extends A { t() { super.s = 1; super['s'] = block(2); super.x = 3; super.x += block(4); super.x++; [super.y, super['z']] = [block(5), 6]; ({ a: super.w } = { a: block(7) }); return [this.set, this.x, this.y, this.z, this.w, super.g, super['g'], super.m(), super['m'](), super.m.call({ v: 9 })]; } d(a = super.m(), b = () => super.m()) { return [a, b()]; } static u() { return [super.st(), super.sg, (() => super.st())(), block(super.missing)]; } async as() { return [super.m(), await super.g, (() => super.m())()]; } *gen() { yield super.m(); yield super.g; } async *ag() { yield super.m(); } f = super.m(); h = () => super.m(); static { this.q = super.st(); } get over() { return super.g + block(1); } set over(v) { super.s = block(v); } ['c' + 1]() { return super.m(); } tag() { return super.raw\`a\${block(1)}\`; } raw(s, v) { return [s[0], v, this.v]; } del() { try { delete super.m; } catch (e) { return e.name; } } opt() { return [super.m?.(), super.nope?.(), super.g?.length]; } }
    A.prototype.raw = function (s, v) { return ['A', block(v), this.v]; }; const b = new B(); log(b.t(), b.d(), B.u(), b.f, b.h(), B.q, [...b.gen()], b.over, (b.over = 4), b.set, b.c1(), b.tag(), b.del(), b.opt());
    const base = { m() { return block('base' + this.k); }, get g() { return block('gb'); } }; const o = { __proto__: base, k: 1, m() { return 'o' + super.m(); }, get g() { return 'o' + super.g; }, arrow() { return [1].map(() => super.m()); }, async as() { return super.m(); }, *gen() { yield super.m(); }, set v(x) { super.w = block(x); } }; o.v = 3; log(o.m(), o.g, o.arrow(), [...o.gen()], o.w); const made = [1, 2].map((k) => ({ __proto__: { m() { return block(k); } }, m() { return super.m() * 10; } })); log(made.map((x) => x.m())); const moved = { __proto__: { m: () => 'other' }, m: o.m, k: 5 }; log(moved.m()); try { const nul = { __proto__: null, m() { return super.m(); } }; nul.m(); } catch (e) { log(e.name, e.message); }
    return Promise.all([b.as(), o.as(), b.ag().next()]);`,
  'odd declarations': `
    for (let i = 0, f = () => block(i); i < 2; i++) log(f(), (class { static n = block(i); }).n); let k = 0; const cs = []; while (cs.push(class { m() { return block(k); } }) < 3) k++; log(cs.map((C) => new C().m()), new Set(cs).size); do { var dv = class { m() { return block('d'); } }; } while (block(0)); log(new dv().m()); const objs = []; for (const x of [1, 2]) objs.push({ m() { return block(x); }, get g() { return block(x); }, [block('k' + x)]() { return block('c' + x); } }); log(objs.map((o) => [o.m(), o.g, Object.keys(o)]));
    switch (block(1)) { case 0: function inSwitch() { return block('sw'); } case 1: log(inSwitch()); let lex = block(2); class InCase { m() { return block(lex); } } log(new InCase().m()); } if (block(1)) function inIf() { return block('if'); } try { log(inIf()); } catch (e) { log(e.message); } lab: function labelled() { return block('lab'); } log(labelled()); { function twice() { return block(1); } { function twice() { return block(2); } log(twice()); } log(twice()); } try { log(typeof twice); } catch (e) { log(e.name); }
    var args = (function (a, b) { a = block(5); arguments[1] = 6; return [arguments[0], b, arguments.length]; })(1, 2); log(args); var args2 = (function (a, b = 2) { a = block(5); return [arguments[0], arguments.length]; })(1); log(args2); log((function () { return typeof arguments.callee; })(), (function f(n) { return n ? block(n) + arguments.callee(n - 1) : 0; })(3)); const [x1 = (() => block(1))(), { y1 = block(2) } = {}] = []; log(x1, y1); var { length } = block([1, 2]); log(length); (function () { var yield_ = 1; log(block(yield_)); })(); let async = 1; async = block(async + 1); log(async); var get = { get: 1, set: 2, get get() { return block(3); }, set set(v) { log(block(v)); } }; get.set = 1; log(get.get); const nested = { a: { b: { c: [() => block('deep')] } } }; log(nested.a.b.c[0](), nested['a']?.['b'].c?.[0]?.()); log(((a, b) => a + b)(...[block(1), block(2)]), new Array(...[block(3)]).length, Math.max(...[block(1), 2])); var u = void 0; log(u?.[block(1)], (u ?? { z: block(1) }).z); with_(); function with_() { return block(1); } log(typeof (() => {}), (() => {})(), ((a) => { a; })(1)); log([...'ab'].map(block), [1, 2].map(block), ['1'].map(Number), [block].map((f) => f(1)));
    class Acc { static #c = 0; static get c() { return block(Acc.#c++); } static inc() { Acc.#c += block(2); return Acc.#c; } #o = { deep: { v: 1 } }; bump() { this.#o.deep.v += block(1); this.#o.deep.v++; return this.#o?.deep?.v; } static has(x) { return #o in x; } #f = () => block('pf'); call() { return this.#f() + this.#g?.() + this?.#f(); } #g() { return block('pg'); } chain(o) { return o?.#f(); } } log(Acc.c, Acc.c, Acc.inc(), new Acc().bump(), Acc.has(new Acc()), new Acc().call(), new Acc().chain(null), new Acc().chain(new Acc())); try { new Acc().chain({}); } catch (e) { log(e.name); } log(new (class { constructor(a = block(1), { b } = { b: block(2) }) { this.v = [a, b]; } })().v, new (class extends Array { constructor(n = block(2)) { super(n); } })().length); label1: label2: for (;;) { block(1); break label1; } const gen2 = { *g() { const r = yield* [block(1), 2]; return (yield r, block(3)); } }; log([...gen2.g()]); const it = gen2.g(); it.next(); log(it.return(block(7)), it.next()); var fnExpr = function () { return fnExpr === this.f && block(1); }; log({ f: fnExpr }.f()); log(function () { return block(1); }.name === '', (() => {}).name, ((a) => block(a)).length); log(String(function /* c */ named /* d */ (a, /* e */ b) /* f */ { return block(a); }), String((a) => block(a)), String(class /* q */ Z { m() { return block(1); } }), String({ /* k */ async m() { block(1); } }.m), String(Object.getOwnPropertyDescriptor({ get  x() { return block(1); } }, 'x').get)); log(eval('1 + 1'), (0, eval)('typeof block_'), new Function('a', 'return a + 1')(1)); debugger; ; ; `,
  'lines that end statements': `
    let a = 1, b = 2
    const o = { y: 2, f: null }
    o.y++
    ;[a, b = 0] = [o.y]
    o.y++
    [a, b = 0] = [o.y]
    log(a, b)
    const f = () => { return block(1) }
    [a] = [5]
    o.f = function () { return block(2) }
    ;(a)
    let c = o.y--
    [b] = [7]
    log(a, b, c, o)
    class K {
      x = () => { block(1) }
      ['k'] = 1
      static y = () => { block(2) }
      *g() { yield block(1) }
      z = block
      w
      v = 1
    }
    log(Object.keys(new K()))
    if (a) o.y++
    [a] = [9]
    function r() { if (a) return o.y++
      [a] = [8] }
    log(r(), a)
    do o.y++
    while (block(0))
    [a] = [6]
    log(a)
    var q = async () => { await block(1) }
    [a] = [4]
    log(a)
    switch (1) { case 1: o.y++
      [a] = [3]
      let s = () => { block(1) }
      [a] = [2] }
    log(a)`,
  'made in parameters': `
    const f = (a, { p = (class { m() { return block(1); } }) } = {}) => [block(a), new p().m()]; log(f(2)); const g = function (p = { __proto__: { m() { return 'base'; } }, m() { return super.m() + block(1); } }, [q = class A { static s() { return block(2); } }] = []) { class In { m() { return block(3); } } return [p.m(), q.s(), new In().m()]; }; log(g());
    class K { m(a = class { get x() { return block(4); } }, b = (c = class { #p = 5; p() { return block(this.#p); } }) => new c().p()) { return [new a().x, b()]; } } log(new K().m()); const made = [1, 2].map((x, i, l, c = class { v() { return block(x); } }) => c); log(made.map((c) => new c().v()), made[0] !== made[1]);`,
  'loops that are left': `
    const show = (f) => { try { log('gave', f()); } catch (e) { log(e.name ?? e, e.message); } };
    function* g(n, end = () => {}) { try { for (let i = 0; i < n; i++) yield i; return 'end'; } finally { log('closing', block(n)); end(n); log('closed', block(n)); } }
    const raise = (x) => { throw block(new Error('at ' + x)); };
    show(() => { for (const x of g(3)) if (x) break; else log(x); }); show(() => { for (const x of g(3)) return x; });
    show(() => { for (const x of g(3)) raise(x); }); show(() => { for (const x of g(3, raise)) break; }); show(() => { for (const x of g(3, raise)) return 1; });
    show(() => { for (const x of g(3, raise)) throw block(new TypeError('mine')); }); show(() => { for (const x of g(2, raise)) log(x); }); show(() => { for (const { y } of g(2)) log(y); });
    show(() => { for (const x of g(2)) null.x; });
    show(() => { a: for (const x of g(2)) { for (const y of g(3)) { if (x) break a; continue a; } } });
    show(() => { a: b: for (const x of g(2)) { for (const y of g(3)) { if (x) break b; continue b; } } }); show(() => { a: { for (const x of g(2)) break a; log('not'); } return 'behind'; });
    show(() => { for (const x of g(2)) try { return block('lost'); } finally { break; } return 'found'; }); show(() => { for (const x of g(3)) try { break; } finally { if (x < 1) continue; log('at', x); } });
    show(() => { for (const x of g(2)) try { return block('lost'); } finally { raise('finally'); } }); show(() => { let x; for (x of g(2)) { const l = []; for (l[x] of g(2)) if (l[x]) break; log(l); } return x; });
    show(() => { if (block(1)) for (const x of g(2)) break; else log('no'); if (block(0)) for (const x of g(2)) break; else for (const x of g(1)) log(x); do for (const x of g(2)) break; while (block(0)); for (;;) { for (const x of g(1)) break; break } });
    show(() => { switch (1) { case 1: for (const x of g(2)) break; log('same'); } const fs = []; for (const x of g(3)) { fs.push(() => x); if (x) break; } return fs.map((f) => f()); });
    function* outer(n) { for (const x of g(n)) yield* inner(x, n); } function* inner(x, n) { try { for (const y of g(n)) yield [x, y]; } finally { log('inner', block(x)); } }
    for (const [x, y] of outer(3)) { log(x, y); if (y) break; } const it = outer(2); log(it.next(), it.return(block(7)), it.next()); const it2 = outer(2); it2.next(); show(() => it2.throw(new RangeError('in'))); const it3 = outer(2); log(it3.return(1).value);
    for (const more of [{}, { return: null }, { return: 5 }, { return() { log('r', this === made, arguments.length); return block({}); } }, { return() { return block(1); } }, { return() { return raise('return'); } }, { get return() { log('read'); return () => block({}); } }, { get return() { return raise('read'); } }]) {
      var made = Object.defineProperties({ [Symbol.iterator]() { return this; }, next() { return block({ value: 1 }); } }, Object.getOwnPropertyDescriptors(more));
      show(() => { for (const x of made) break; return 'broke'; }); show(() => { for (const x of made) throw block(new TypeError('own')); }); show(() => { for (const x of made) return 'returned'; }); }
    show(() => { for (const x of { [Symbol.iterator]: () => ({ next() { throw block(new Error('next')); }, return() { log('not'); } }) }) ; });
    show(() => { for (const x of { [Symbol.iterator]: () => ({ next() { return 5; }, return() { log('not'); } }) }) ; }); show(() => { for (const x of { [Symbol.iterator]: () => ({ next: () => ({ get done() { return raise('done'); } }), return() { log('not'); } }) }) ; });
    show(() => { for (const x of { [Symbol.iterator]: () => ({ next: () => ({ get value() { return raise('value'); } }), return() { log('not'); } }) }) ; });
    show(() => { const a = [1, 2, 3]; a.return = () => log('never'); for (const x of a) break; for (const x of new Proxy(a, { get(t, k) { log('get', String(k)); return Reflect.get(t, k); }, has(t, k) { log('has', String(k)); return k in t; } })) break; });
    return (async () => { for (const x of g(2)) { await x; break; } try { for (const x of g(2)) { await null; throw block(new Error('async')); } } catch (e) { log(e.message); } for (const x of g(3)) { if (x) return [await block(x)]; } })()`,
  'taking apart': `
    const show = (f) => { try { log('gave', f()); } catch (e) { log(e.name ?? e, e.message); } };
    const lazy = (o, name = '') => Object.defineProperties({}, Object.fromEntries(Object.entries(o).map(([k, v]) => [k, { enumerable: k !== 'hidden', get() { log('get', name + k, this !== undefined); return v; } }])));
    class P { get a() { log('get a'); return block(1); } get b() { log('get b'); return block({ get c() { log('get c'); return block(2); }, d: [3, 4] }); } get u() { log('get u'); return block(undefined); } get n() { return block(null); } get f() { return block(() => this); } get __proto() { return block(9); } }
    const p = new P(); let u, n = null, o = { u, n, p };
    { const { a, b: { c, d: [d] }, u = (log('default'), block(5)), u: { length } = block('four'), ...r } = p; log(a, c, d, u, length, r); }
    { let { a: x = block(0), "b": { 'c': y = 1 } = {}, 7: z = 'seven', b: { d: [, w] } } = p; log(x, y, z, w); var { a: v1, b: { c: v2 } } = (log('init'), block(p)); log(v1, v2); }
    { let a, b, c; const gave = ({ a, b: { c }, u: b = () => block(1) } = p); log(a, b.name, c, gave === p, ([a, b] = [1, 2]).length, { a } = p, a); ({ u: a = function () { block(2); }, u: b = class { m() { block(3); } } } = p); log(a.name, b.name); }
    { const { u: f = () => block(1), u: g = function () {}, ['u']: h = class {} } = p; log(f.name, g.name, h.name); const { ['a']: k, ...rest } = p; log(k, rest); const { a, ...more } = lazy({ b: 2, hidden: 3 }); log(a, more, Object.getPrototypeOf(more) === Object.prototype); }
    show(() => { const { a } = u; }); show(() => { const { a } = o.n; }); show(() => { const { a = 1 } = n; }); show(() => { const { a: x = 1, c } = n; }); show(() => { const { n: { c } } = p; }); show(() => { const { u: { c } = null } = p; }); show(() => { const { u: { c: { d } } } = p; });
    show(() => { const { u: { c } = o.n } = p; }); show(() => { let a; ({ a } = u); }); show(() => { let a; ({ a = 1 } = u); }); show(() => { let a; ({ a } = o.zz); }); show(() => { for (const { a } of [n]); }); show(() => { let a; for ({ a } of [u]); }); show(() => { for (const { u: { c } } of [p]); });
    show(() => (({ a }) => a)()); show(() => (function ({ a, b }, c) {})(null)); show(() => (({ a } = null) => a)()); show(() => (({ a = 1 }) => a)(n)); show(() => { const { a } = block(undefined); }); show(() => { const { n: { c } = {} } = p; }); show(() => { const { q } = o.u; }); show(() => { const { q, ...r } = p.m?.(); }); show(() => { const { q: x } = p.f(block(1)).n; }); show(() => { for (const { q } of [block(u)]) ; });
    show(() => { const { a, b } = { get a() { log('a'); return block(1); }, get b() { log('b'); throw block(new RangeError('b')); } }; }); show(() => { const { a = b, b } = { get a() { return block(undefined); }, get b() { return block(1); } }; }); show(() => { const { a } = a; });
    show(() => { const { a } = 5; return a; }); show(() => { const { length, a } = 'text'; return [length, a]; }); show(() => { const fs = []; for (const { a, u = a } of [p, { a: 2, u: 3 }]) fs.push(() => [a, u]); return fs.map((f) => f()); });
    show(() => { const q = new Proxy(p, { get(t, k, r) { log('trap', String(k)); return k === 'b' ? 1 : Reflect.get(t, k, r); }, ownKeys(t) { log('keys'); return ['x', 'a']; }, getOwnPropertyDescriptor(t, k) { log('desc', k); return { value: 1, enumerable: true, configurable: true }; } }); const { a, b, ...r } = q; return [a, b, r]; });
    show(() => { const f = ({ a, b: { c } = {} }, x = a, { a: y = x, ...z } = { a: c }, ...[w, { a: last } = p]) => [a, c, x, y, z, w, last]; return [f.length, f(p), f(p, 1, p, 2, p), f({ a: 0 })]; }); show(() => (function ({ a }, b = a, [c, d] = [a, b], e) { var b; return [a, b, c, d, e, arguments.length]; })(p));
    show(() => { const { __proto__: proto, f } = p; return [proto === P.prototype, f() === p]; }); show(() => { const key = { toString() { log('key'); return 'a'; } }; const { [key]: x, b: { c } } = p; return [x, c]; });
    show(() => { const t = {}; ({ a: t.x, b: { c: t['y'] } } = p); [t.z, t.w] = [1, 2]; return t; }); show(() => { const l = [{ a: 1 }, p]; const [{ a }, { a: b }] = l; return [a, b]; }); show(() => { try { throw p; } catch ({ a, b: { c } }) { return [a, c]; } });
    show(() => { switch (1) { case 1: const { a } = p; let { u = a } = p; return [a, u]; } }); show(() => { for (let { a } = p, i = 0; i < 2; i++) log(a, i); for (const { a: x, ...r } = p; ;) return [x, r]; }); show(() => { const { a } = p, { b } = p, [c] = [a], d = b.c; return [a, c, d]; });
    function* g(k = 3) { try { for (let i = 1; i <= k; i++) { log('step', i); yield block(i); } } finally { log('closing'); block(0); log('closed'); } }
    show(() => { const [a, , b = 5, c = 6] = g(); return [a, b, c]; }); show(() => { const [a] = g(); return a; }); show(() => { let a, r; [a, ...r] = g(); [a = 1] = []; return [a, r, ([a] = g(1)).constructor === undefined]; }); show(() => { const [] = g(); const [a = block(4)] = g(0); return a; }); show(() => { const [a, [b]] = g(); });
    show(() => { const [a] = 5; }); show(() => { const [a] = o.u; }); show(() => { const [a] = o; }); show(() => { const [a, b] = 'xy', [c, d] = new Map([[1, 2]]), [e] = new Set([3]); return [a, b, c, d, e]; }); show(() => (([a, b] = g(), [c] = g()) => [a, b, c])()); show(() => { for (const [a, b] of [g(), [8, 9]]) log(a, b); let k, v; for ([k, v] of new Map([[1, 2]])) log(k, v); });
    show(() => { const it = { [Symbol.iterator]: () => ({ n: 0, next() { log('next'); return block({ done: this.n > 1, value: this.n++ }); }, get return() { log('return?'); return () => { log('return'); return block({}); }; } }) }; const [a] = it; const [b, c, d] = it; const [...e] = it; return [a, b, c, d, e]; });
    show(() => { const it = { [Symbol.iterator]: () => ({ next: () => ({ get value() { throw block(new Error('value')); } }), return() { log('not'); return {}; } }) }; const [a] = it; }); show(() => { const [a] = { [Symbol.iterator]: () => ({ next: () => ({ value: 1 }), return: () => block(1) }) }; });
    return (async () => { const { a, b: { c } } = p; const [x] = g(); await x; let y; ({ a: y, u: y = await block(8) } = p); for (const { a: z } of [p]) log(await z); return [a, c, x, y, await (async ({ a }, [b] = g()) => [a, b])(p)]; })()`,
  'yield and await as names': `
    function yield_() { function yield() { return block(1); } return [yield(), block(2)]; } log(yield_()); log((function yield() { return block(3); })()); yield: for (;;) { block(1); break yield; } function f() { function* await() { yield block(4); } return [...await()].concat(block(5)); } log(f());`,
  'words without spaces': `
    const f=()=>{return(a,b)=>block(a)+b};log(f()(1,2),typeof(()=>block(1)),void(()=>block(1))());function g(){return[block(1)].concat(block(2))}log(g());
    const h=function*(){yield(()=>block(1))();yield[block(2)];yield*(()=>[block(3)])()};log([...h()]);if(block(1))log(1);else(()=>log(block(2)))();switch(block(1)){case(()=>1)():log("one");break;default:(()=>1)()}
    for(const x of(()=>[block(1)])())log(x);for(const k in(()=>({z:block(1)}))())log(k);const o={get a(){return(x)=>block(x)}};log(o.a(1),"a"in(()=>block(o))(),new(class{m(){return(()=>block(1))()}})().m(),!(()=>block(0))(),-(()=>block(1))());
    try{throw(()=>block(new Error("e")))()}catch(e){log(e.message)}do(()=>block(1))();while((()=>block(0))());var v=1,w=()=>block(v);log(w(),block?block(1):block(2),delete(()=>o)().q);class A extends(()=>Array)(){m(){return super.concat(block(1))}}log(new A().m());log([...(()=>[block(1)])()],((a=(()=>block(1))())=>a)());async function z(){await(()=>block(1))();return(()=>block(2))()}return z()`,
};
