/**
 * `Local`: a variable of which each green thread has its own.
 */
import { Local, sleepAsync, wrap } from 'coppice';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { fixture } from '../support.ts';

const jobs = wrap(fixture('pool-jobs.mjs'));

describe('Local', () => {
  test('is made afresh for each green thread, also for two that follow each other on one Worker', async () => {
    expect(await Promise.all([1, 2, 3].map((n) => jobs['counts']!(n)))).toEqual([1, 2, 3]);
    expect(await jobs['counts']!(2)).toBe(2);
    expect(await jobs['sets']!('x')).toEqual(['nothing', 'x']);
    expect(await jobs['sets']!('y')).toEqual(['nothing', 'y']);
  });

  test('holds over awaits', async () => {
    const threads = ['a', 'b'].map((value) => jobs['keepsOverAwaits']!(value));
    expect(await Promise.all(threads)).toEqual(['a', 'b']);
  });

  test('has one value for all code outside of green threads', async () => {
    const local = new Local(() => [] as string[]);
    local.value.push('plain');
    await (async () => {
      await sleepAsync(0);
      local.value.push('coroutine');
    })();
    expect(local.value).toEqual(['plain', 'coroutine']);
    expect(new Local().value).toBeUndefined();
  });

  test('can be undefined, and null, without being made again', () => {
    let made = 0;
    const local = new Local<number | undefined>(() => ++made);
    expect(local.value).toBe(1);
    local.value = undefined;
    expect([local.value, made]).toEqual([undefined, 1]);
  });

  test('types', () => {
    expectTypeOf(new Local(() => ({ id: 7 })).value).toEqualTypeOf<{ id: number }>();
  });
});
