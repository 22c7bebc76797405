/**
 * `wrap`: the functions of an unmodified module, each call a green thread.
 */
import { GreenThread, wrap } from 'coppice';
import { expect, test } from 'vitest';
import { open, waitingAt } from '../fixtures/calls.mjs';
import { fixture, until } from '../support.ts';

test('an ESM module: named exports, async ones, and the default', async () => {
  const jobs = wrap(fixture('jobs.mjs'));
  expect(jobs['identity']!(1)).toBeInstanceOf(GreenThread);
  expect(await jobs['identity']!(1)).toBe(1);
  expect(await jobs['asyncIdentity']!(2)).toBe(2);
  expect(await jobs['default']!(3)).toEqual(['default', 3]);
  expect(jobs['identity']).toBe(jobs['identity']);
});

test('a CommonJS module: what it assigned, found by name', async () => {
  const legacy = wrap(fixture('legacy.cjs'));
  expect(await legacy['double']!(21)).toBe(42);
  expect(await legacy['assigned']!(1, 2, 3)).toBe(3);
  expect(await wrap(fixture('function.cjs'))['default']!(1, 2)).toBe(3);
});

test('what it exports is `this`, as for whoever requires it', async () => {
  expect(await wrap(fixture('legacy.cjs'))['viaThis']!(21)).toBe(42);
  expect(await wrap(fixture('instance.cjs'))['count']!()).toBe(5);
});

test('calls run concurrently: all are blocked at once', async () => {
  const legacy = wrap(fixture('legacy.cjs'));
  const names = ['w1', 'w2', 'w3', 'w4'];
  const threads = names.map((name) => legacy['wait']!(name));
  await until(() => names.every((name) => waitingAt.includes(name)));
  for (const name of names.toReversed()) open(name, name);
  expect(await Promise.all(threads)).toEqual(names);
});

test('a wrapped module can be awaited and passed around without being called', async () => {
  const jobs = wrap(fixture('jobs.mjs'));
  expect(await Promise.resolve(jobs)).toBe(jobs);
  expect((jobs as unknown as Record<symbol, unknown>)[Symbol.iterator]).toBeUndefined();
});

test('a thread is named after its export', () => {
  const thread = wrap(fixture('jobs.mjs'))['identity']!(1);
  expect(thread.name).toBe(`identity#${thread.id}`);
});
