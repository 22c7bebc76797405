/** The analysis knows every blocking name of the package: each export is asked for its twins, and none is left out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as coppice from 'coppice';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TWIN } from '../../src/core/twin.ts';
import { worldFrom } from '../../src/fiber/analyze/closed-world.ts';
import { openWorld, type World } from '../../src/fiber/compile/world.ts';
import { judge } from '../../src/fiber/load/judge.ts';
import { readLoadOptions } from '../../src/fiber/load/options.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coppice-names-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is told of a program of this one line. */
function worldOf(line: string, extension = 'mjs'): World {
  const file = join(folder, `program.${extension}`);
  writeFileSync(file, `${line}\n`);
  const { data } = judge([file], { ...readLoadOptions(), cache: false });
  return data ? worldFrom(data) : openWorld;
}

const exported = Object.entries(coppice) as [string, { prototype?: object }][];

/** By which export a program that did not make the object itself comes by one. */
const GIVER: Record<string, string> = {
  GreenThread: 'spawn',
  ResponseSync: 'fetchSync',
  TcpServer: 'listen',
  TcpSocket: 'connect',
};

function twinsOf(prototype: object): string[] {
  const names: string[] = [];
  for (let at = prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === 'function' && name !== 'constructor' && Object.hasOwn(value, TWIN))
        names.push(name);
  return names;
}

const methods = exported.flatMap(([name, { prototype }]) =>
  prototype ? twinsOf(prototype).map((method) => [GIVER[name] ?? name, method] as const) : [],
);

test('there are methods to be asked for', () => {
  expect(methods).toContainEqual(['fetchSync', 'text']);
  expect(methods).toContainEqual(['Queue', 'get']);
});

test.each(methods)('%s: .%s() may block', (name, method) => {
  expect(worldOf(`import { ${name} } from 'coppice';`).call(`.${method}`)).toBe(true);
});

const functions = exported.filter(([, value]) => Object.hasOwn(value, TWIN)).map(([name]) => name);

test.each(functions)('%s() may block', (name) => {
  expect(worldOf(`import { ${name} } from 'coppice';`).call(name)).toBe(true);
});

const iterables = exported
  .filter(
    ([name, { prototype }]) =>
      name === 'ResponseSync' || (prototype && Symbol.iterator in prototype),
  )
  .map(([name]) => GIVER[name] ?? name);

test.each(iterables.filter((name) => name !== 'Wait'))(
  'a loop over what %s gives may block',
  (name) => {
    expect(worldOf(`import { ${name} } from 'coppice';`).iterate).toBe(true);
  },
);

test.each([
  ["import * as all from 'coppice';", 'mjs'],
  ["import { fetchSync as get, Queue as Q } from 'coppice';", 'mjs'],
  ["const { fetchSync: get, Queue: Q } = require('coppice');", 'cjs'],
  ["const all = require('coppice');", 'cjs'],
  ["const { [key]: x } = require('coppice');", 'cjs'],
  ["export * from 'coppice';", 'mjs'],
])('under whatever name: %s', (line, extension) => {
  const world = worldOf(line, extension);
  for (const name of ['json', 'acquire', 'next']) expect(world.call(`.${name}`)).toBe(true);
  expect(world.iterate).toBe(true);
});

test('what a program does not import costs it nothing', () => {
  const world = worldOf("import { sleep } from 'coppice';");
  for (const name of ['json', 'text', 'acquire', 'next'])
    expect(world.call(`.${name}`)).toBe(false);
});
