/**
 * Classes made at random do compiled what they do plain: fields of every kind, in hierarchies over built-in classes and
 * functions, with constructors that call super() in every way. `CLASSES=1500` looks at more of them.
 */
import { expect, test } from 'vitest';
import { closeWorld, worldFrom } from '../../src/fiber/analyze/closed-world.ts';
import { collectFacts } from '../../src/fiber/analyze/facts.ts';
import { parseSource } from '../../src/fiber/compile/ast.ts';
import { runCompiled, runFaces, runPlain } from './harness.ts';

const PRELUDE = `
  const t = (x) => block(x); const keys = (o) => Reflect.ownKeys(o).map(String).join(); const self = (x) => x;
  const fail = (n) => { throw block(new Error('f' + n)); }; function F(x) { this.f = x; } function* gen(x) { yield block(keys(x)); }
  const show = (make) => { try { const o = make(); log(o, keys(o)); for (const k of Object.keys(o)) if (typeof o[k] === 'function') log(k, o[k].name, /^class/.test(String(o[k])) ? String(o[k]).includes('$c') : o[k]()); } catch (e) { log(e.name, e.message); } };
`;

/** A program, from numbers that are as good as random. */
class Maker {
  #state: number;
  #count = 0;

  constructor(seed: number) {
    this.#state = seed;
  }

  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1103515245) + 12345) & 0x7fffffff;
    return (this.#state >> 8) % limit;
  }

  #pick<T>(all: readonly T[]): T {
    return all[this.#below(all.length)]!;
  }

  #wait(): string {
    return `t(${++this.#count})`;
  }

  #value(depth: number): string {
    const inner =
      depth > 0
        ? [`new (${this.#class(depth - 1, null)})(1)`, `class { v = ${this.#wait()}; }`]
        : [];
    return this.#pick([
      ...inner,
      this.#wait(),
      this.#wait(),
      '7',
      'keys(this)',
      'this.a',
      'this.g',
      'this.m?.(8)',
      'gen(this).next().value',
      '(() => this === self(this))()',
      `() => [this.a, ${this.#wait()}]`,
      `function () { return ${this.#wait()}; }`,
      `[${this.#wait()}, ...this.list?.() ?? []]`,
      `{ x: ${this.#wait()}, y: this.b }`,
      `new F(${this.#wait()})`,
      `(log('in', keys(this)), ${this.#wait()})`,
      `(this.extra = ${this.#wait()})`,
      `${this.#wait()} % 9 ? 1 : fail(2)`,
    ]);
  }

  #field(depth: number, hidden: string[]): string {
    const isStatic = this.#below(8) === 0;
    const prefix = isStatic ? 'static ' : '';
    const kind = this.#below(9);
    if (kind === 0) {
      const name = `#p${++this.#count}`;
      if (!isStatic) hidden.push(name);
      return `${prefix}${name} = ${this.#value(depth)};`;
    }
    if (kind === 1) return `${prefix}[t('k${++this.#count}')] = ${this.#value(depth)};`;
    const name = this.#pick(['a', 'b', 'c', 'd', "'e f'", '0', 'get', 'set', 'async']);
    if (kind === 2) return `${prefix}${name};`;
    return `${prefix}${name} = ${this.#value(depth)}${this.#pick([';', ';', '\n;'])}`;
  }

  #constructorOf(isDerived: boolean): string {
    const parameters = this.#pick([
      '...args',
      'args, x',
      '',
      'args = t(1)',
      '{ length: args } = []',
    ]);
    const doing = (): string =>
      this.#pick([
        "log('body', keys(this));",
        `this.z = ${this.#wait()};`,
        '',
        'log(new.target.name);',
      ]);
    if (!isDerived) {
      const result = this.#below(6) === 0 ? 'return { other: t(1) };' : '';
      return `constructor(${parameters}) { ${doing()} ${result} ${doing()} }`;
    }
    const calls = this.#pick([
      `super(${this.#wait()});`,
      'const s = super(1); log(s === this);',
      "try { super(t(2)); } finally { log('finally', t(3)); }",
      'if (t(0)) super(1); else super(2);',
      '(() => super(1))();',
      'log(keys(super(t(4))));',
      'const get = () => this; super(); log(get() === this);',
      'try { this; } catch (e) { log(e.name); } super(1); try { super(2); } catch (e) { log(e.name); }',
    ]);
    const result = this.#below(7) === 0 ? 'return { d: t(2) };' : '';
    return `constructor(${parameters}) { ${this.#wait()}; ${calls} ${doing()} ${result} }`;
  }

  #class(depth: number, parent: string | null): string {
    const hidden: string[] = [];
    const parts = Array.from({ length: 1 + this.#below(5) }, () => this.#field(depth, hidden));
    if (this.#below(2)) parts.push(`m(x) { return [x, ${this.#wait()}, keys(this)]; }`);
    if (this.#below(3) === 0) parts.push(`get g() { return ${this.#wait()}; }`);
    if (this.#below(4) === 0) parts.push("set c(v) { log('set', v); }");
    if (this.#below(3) === 0)
      parts.push(`list() { return [${hidden.map((name) => `this.${name}`).join()}]; }`);
    if (this.#below(6) === 0) parts.push(`#pm() { return ${this.#wait()}; } q = this.#pm();`);
    if (this.#below(3)) parts.push(this.#constructorOf(parent !== null));
    if (this.#below(2)) parts.reverse();
    return `class ${parent === null ? '' : `extends ${parent} `}{ ${parts.join(' ')} }`;
  }

  program(): string {
    const classes: string[] = [];
    let text = '';
    for (let index = 0; index < 4; index++) {
      const parent = this.#pick([
        ...classes,
        ...classes,
        null,
        null,
        'F',
        'Object',
        'Map',
        'Array',
      ]);
      const made = this.#class(1, parent);
      const name = `C${index}`;
      text += this.#pick([
        `const ${name} = ${made};\n`,
        `class ${name} ${made.slice('class '.length)}\n`,
        `const make${index} = (n) => ${made}; const ${name} = make${index}(1);\n`,
        `let ${name}; for (const i of [1, 2]) { ${name} = ${made}; }\n`,
      ]);
      classes.push(name);
    }
    for (const name of classes) {
      text += `show(() => new ${name}(${this.#below(3)})); show(() => [1].map((x) => new ${name}(x))[0]); `;
      text += `show(() => Reflect.construct(${name}, [1], ${this.#pick(classes)})); log(${name}.length, ${name}.name, String(${name}).length);\n`;
    }
    return `exports.main = function () {${PRELUDE}${text}};`;
  }
}

test('random classes', async () => {
  const count = Number(process.env['CLASSES'] ?? 60);
  let waits = 0;
  for (let seed = 1; seed <= count; seed++) {
    const source = new Maker(seed * 7919).program();
    const world = worldFrom(closeWorld([collectFacts(parseSource(source, 'commonjs'))], ['block']));
    const { output } = await runPlain(source);
    const runs = [
      await runCompiled(source),
      await runFaces(source),
      await runCompiled(source, world),
      await runFaces(source, world),
    ];
    for (const run of runs)
      expect({ seed, source, output: run.output }).toEqual({ seed, source, output });
    waits += runs[0]!.waits;
  }
  expect(waits).toBeGreaterThan(count);
}, 600_000);
