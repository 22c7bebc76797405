/** Accessors that calls define: they suspend where they are read, compiled with what the analysis says of their file. */
import { describe, expect, test } from 'vitest';
import { closeWorld, worldFrom } from '../../src/fiber/analyze/closed-world.ts';
import { collectFacts } from '../../src/fiber/analyze/facts.ts';
import { parseSource } from '../../src/fiber/compile/ast.ts';
import { openWorld, type World } from '../../src/fiber/compile/world.ts';
import { runCompiled, runFaces, runPlain } from './harness.ts';

function closed(source: string): World {
  return worldFrom(closeWorld([collectFacts(parseSource(source, 'commonjs'))], ['block']));
}

const READ = `exports.main = () => [o.row, o.row];`;
const shapes: Record<string, string> = {
  'a method': `const o = {}; Object.defineProperty(o, 'row', { get() { return block(1); } }); ${READ}`,
  'a function': `const o = { n: 2 }; Object.defineProperty(o, 'row', { get: function () { return block(this.n); } }); ${READ}`,
  'an arrow function': `const o = {}; Object.defineProperty(o, 'row', { get: () => block(1) }); ${READ}`,
  'an arrow function with a body': `const o = {}; Object.defineProperty(o, 'row', { get: () => { const x = block(1); return x; } }); ${READ}`,
  'a strict function': `const o = {}; Object.defineProperty(o, 'row', { get() { 'use strict'; return block(1); } }); ${READ}`,
  'a function by its name': `const o = {}; function load() { return block(1); } Object.defineProperty(o, 'row', { get: load }); ${READ}`,
  'an arrow function by its name': `const o = {}; const load = () => block(1); Object.defineProperty(o, 'row', { get: load }); ${READ}`,
  'a name that only run time knows': `const o = {}; for (const k of ['row']) Object.defineProperty(o, k, { get() { return block(1); } }); ${READ}`,
  'several descriptors': `const o = Object.defineProperties({}, { row: { get() { return block(1); } } }); ${READ}`,
  'a new object': `const o = Object.create({}, { row: { get() { return block(1); } } }); ${READ}`,
  'an inherited one': `class A {} Object.defineProperty(A.prototype, 'row', { get() { return block(1); } }); const o = new A(); ${READ}`,
  'descriptors built up in a variable': `function P() {} var accessors = { row: { configurable: true } }; accessors.row.get = function () { return block(1); }; Object.defineProperties(P.prototype, accessors); const o = new P(); ${READ}`,
  'a descriptor from elsewhere': `const o = {}; function define(how) { Object.defineProperty(o, 'row', how); } define({ get() { return block(1); } }); ${READ}`,
  'the old way': `const o = {}; o.__defineGetter__('row', function () { return block(1); }); ${READ}`,
  'by another name': `const o = {}; var define = Object.defineProperty; define(o, 'row', { get: () => block(1) }); ${READ}`,
  Babel: `function make(target, props) { for (var i = 0; i < props.length; i++) { var d = props[i]; Object.defineProperty(target, d.key, d); } } function A() {} make(A.prototype, [{ key: 'row', get: function get() { return block(1); } }]); const o = new A(); ${READ}`,
  TypeScript: `const m = {}; Object.defineProperty(m, 'row', { enumerable: true, get() { return block(1); } }); const o = {}; Object.keys(m).forEach(function (k) { Object.defineProperty(o, k, { enumerable: true, get: function () { return m[k]; } }); }); ${READ}`,
  esbuild: `var __defProp = Object.defineProperty; var __export = (target, all) => { for (var name in all) __defProp(target, name, { get: all[name], enumerable: true }); }; const o = {}; const load = () => block(1); __export(o, { row: load }); exports.main = () => [o.row];`,
  'what one writes': `const o = {}; let got; Object.defineProperty(o, 'row', { set(v) { got = block(v); } }); exports.main = () => { o.row = 1; o.row = 2; return got; };`,
  'what one reads and writes': `const o = {}; let got = 0; Object.defineProperty(o, 'row', { get() { return block(got); }, set(v) { got = block(v); } }); exports.main = () => { o.row++; o.row += 2; return [got, o.row]; };`,
  'a method that an accessor gives': `const o = {}; Object.defineProperty(o, 'row', { get() { return block((x) => x + 1); } }); exports.main = () => o.row(1);`,
};

describe('suspends', () => {
  for (const [name, source] of Object.entries(shapes)) {
    // A function of another object is no accessor in the text: its plain body cannot ask.
    const pins = name === 'esbuild' ? 1 : 0;
    for (const [which, world] of [
      ['whatever may block', openWorld],
      ['by what the file says', closed(source)],
    ] as const) {
      test(`${name}, ${which}`, async () => {
        const plain = await runPlain(source);
        const run = await runCompiled(source, world);
        expect(run.output).toEqual(plain.output);
        expect(run.pins).toBe(pins);
        expect(run.waits > 0).toBe(pins === 0);
        expect((await runFaces(source, world)).output).toEqual(plain.output);
      });
    }
  }
});

/** What asks whether it is an accessor, and is none there: it must give what it gives plainly. */
const ordinary: Record<string, string> = {
  'a method called get': `const o = { get(k) { return block(k); } }; exports.main = () => [o.get(1), o.get('x'), o['get'](2)];`,
  'a method called get, called while another accessor is read that is not compiled':
    `const o = { get(k) { return block(k); } }; plainly(Object.defineProperty, o, 'row', plainly(eval, '({ get() { return this.get(7); } })')); ` +
    `Object.defineProperty(o, 'other', { get: o.get }); exports.main = () => [o.row, o.get(1)];`,
  'a setter called while the getter is read that is not compiled':
    `let kept; const o = {}; Object.defineProperty(o, 'row', { get: plainly(eval, '(function () { this.row = 5; return 1; })'), set(v) { kept = block(v); } }); ` +
    `exports.main = () => [o.row, kept];`,
  'a getter called while the setter is run that is not compiled':
    `let kept; const o = {}; Object.defineProperty(o, 'row', { set: plainly(eval, '(function (v) { this.kept = [v, this.row]; })'), get() { return block(3); } }); ` +
    `exports.main = () => { o.row = 2; return [o.kept, kept]; };`,
  'a getter read through a proxy': `const o = {}; Object.defineProperty(o, 'row', { get() { return block(1); } }); const p = new Proxy(o, { get: (t, k) => t[k] + 1 }); exports.main = () => p.row;`,
  'a getter further up than a proxy': `const base = {}; Object.defineProperty(base, 'row', { get() { return block(1); } }); const o = Object.create(new Proxy(base, {})); exports.main = () => o.row;`,
  'a getter that throws': `const o = {}; Object.defineProperty(o, 'row', { get() { throw new Error(block('no')); } }); exports.main = () => { try { return o.row; } catch (error) { return error.message; } };`,
  'a method called get, called by a getter that does not ask': `const o = { get(k) { return block(k); } }; const how = {}; how['get'] = function () { log('once'); return [this.get(1), block(2)]; }; Object.defineProperty(o, 'row', how); exports.main = () => o.row;`,
  'its identity': `const o = {}; function load() { return block(1); } Object.defineProperty(o, 'row', { get: load }); exports.main = () => [Object.getOwnPropertyDescriptor(o, 'row').get === load, load.toString(), load.name, o.row];`,
};

describe('is not taken for an accessor', () => {
  for (const [name, source] of Object.entries(ordinary)) {
    test(`${name}, as plain code has it`, async () => {
      const { output } = await runPlain(source);
      expect((await runCompiled(source)).output).toEqual(output);
      expect((await runFaces(source)).output).toEqual(output);
    });
  }
});
