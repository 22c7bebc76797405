/** Whether anybody has stored anything: it decides what each switch of a fiber costs. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from 'vitest';
import { contextInUse, runQuietly } from '../../src/core/async-context.ts';

test('what coppice stores for itself does not count, what others store meanwhile does', () => {
  const own = new AsyncLocalStorage<number>();
  const inUse = runQuietly(own, 1, () => [own.getStore(), contextInUse()]);
  expect(inUse).toEqual([1, false]);
  expect(contextInUse()).toBe(false);
  runQuietly(own, 1, () => new AsyncLocalStorage().run(2, () => {}));
  expect(contextInUse()).toBe(true);
});
