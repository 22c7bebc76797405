/** The ring alone, and the form in which items lie in it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemOf, textOf } from '../../src/sync/item-text.ts';
import '../set-up.ts';
import { ASK_HUB, NOTHING, Ring } from '../../src/sync/ring.ts';

test('an item that has a text comes out as it would out of a structured clone', () => {
  let texts = 0;
  const item = fc.oneof(
    fc.anything({ withNullPrototype: true, withSparseArray: true, withDate: true, maxDepth: 3 }),
    fc.jsonValue(),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  fc.assert(
    fc.property(item, (value) => {
      const text = textOf(value, 508);
      if (text === undefined) return;
      texts++;
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(508);
      expect(itemOf(text)).toStrictEqual(structuredClone(value));
    }),
    { numRuns: 3_000 },
  );
  expect(texts).toBeGreaterThan(500);
  const twice = { a: 1 };
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const extra = Object.assign([1], { extra: 1 });
  const without = [twice, twice];
  for (const value of [
    without,
    cycle,
    extra,
    new (class Point {
      readonly x = 1;
    })(),
    () => {},
    Symbol('s'),
    1n,
    NaN,
    { a: undefined },
  ])
    expect(textOf(value, 508)).toBe(undefined);
  expect(textOf(JSON.parse('{"__proto__":{"a":1}}'), 508)).toBe('{"__proto__":{"a":1}}');
});

test('a getter among the properties of an item runs once', () => {
  let reads = 0;
  const item = {
    get n() {
      return ++reads;
    },
  };
  expect([textOf(item, 508), reads]).toEqual(['{"n":1}', 1]);
});

test('a lock whose holder is gone holds nobody up, and one that was only slow has done nothing', () => {
  const ring = Ring.make(3);
  ring.give(['1', '2'], 2);
  expect(ring.put(7, '3')).toBe(true);
  expect(ring.put(7, '4')).toBe(NOTHING);
  // As 9 leaves it that dies, or is stopped, with the lock: what it has written to the other bank counts for nothing.
  const state = ring.words[0] as number;
  ring.words[0] = (9 << 1) | state;
  const other = 4 + 5 * (1 - (state & 1));
  ring.words[other + 1] = 77;
  expect(ring.take(7)).toBe(ASK_HUB);
  expect(ring.takeAway()).toMatchObject({ texts: ['1', '2', '3'], unfinished: 3 });
  expect(ring.gone).toBe(true);
  expect(ring.put(7, '5')).toBe(ASK_HUB);
});
