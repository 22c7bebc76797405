import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BinaryHeap } from '../../src/core/binary-heap.ts';

interface Item {
  place: number;
  key: number;
}

/** In heap order, with every item once and where it says. */
function checkHeap(heap: BinaryHeap<Item>, expected: Set<Item>): void {
  const items = [...heap];
  expect(new Set(items)).toEqual(expected);
  expect(items.length).toBe(expected.size);
  for (const [index, item] of items.entries()) {
    expect(item.place).toBe(index);
    const parent = items[(index - 1) >> 1] ?? item;
    expect(parent.key).toBeLessThanOrEqual(item.key);
  }
}

test('a heap, also when a comparison throws in the middle of a change', () => {
  const step = fc.record({
    action: fc.nat(3),
    key: fc.nat(20),
    which: fc.nat(),
    throws: fc.nat(12),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let left = Infinity;
      const heap = new BinaryHeap<Item>((a, b) => {
        if (--left < 0) throw new Error('no order');
        return a.key < b.key;
      });
      const model = new Set<Item>();
      for (const { action, key, which, throws } of steps) {
        left = throws < 4 ? throws : Infinity;
        const some = [...model][which % Math.max(1, model.size)];
        try {
          if (action < 2 || !some) {
            const item = { place: -1, key };
            heap.add(item);
            model.add(item);
          } else if (action === 2) {
            heap.remove(some);
            model.delete(some);
          } else {
            const before = some.key;
            some.key = key;
            try {
              heap.moved(some);
            } catch (error) {
              some.key = before;
              throw error;
            }
          }
        } catch (error) {
          if ((error as Error).message !== 'no order') throw error;
        }
        checkHeap(heap, model);
      }
    }),
  );
});
