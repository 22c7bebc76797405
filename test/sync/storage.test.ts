/** Where a queue keeps its items: against a plain array, over many more items than one of its pieces holds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from '../../src/sync/storage.ts';

const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('add', 'take'), count: fc.nat(900) }),
  fc.record({ kind: fc.constantFrom('giveBack', 'retract', 'clear'), count: fc.nat(40) }),
);

test('a Fifo keeps the order of what comes, goes and comes back', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      let last = 0;
      const [taken, wanted]: [unknown[], unknown[]] = [[], []];
      for (const { kind, count } of steps) {
        if (kind === 'clear') {
          fifo.clear();
          model = [];
          continue;
        }
        for (let left = count; left > 0; left--) {
          if (kind === 'add') {
            fifo.add(++last);
            model.push(last);
          } else if (kind === 'giveBack') {
            fifo.giveBack(++last);
            model.unshift(last);
          } else if (model.length > 0 && kind === 'take') {
            taken.push([fifo.peek(), fifo.take()]);
            const item = model.shift();
            wanted.push([item, item]);
          } else if (model.length > 0) {
            const item = model.splice((left * 7) % model.length, 1)[0] as number;
            fifo.retract(item);
          }
        }
        expect(taken.splice(0)).toEqual(wanted.splice(0));
        expect(fifo.size).toBe(model.length);
        expect([...fifo]).toEqual(model);
      }
    }),
    { numRuns: 200 },
  );
});
