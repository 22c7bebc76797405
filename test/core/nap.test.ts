/** Sleeps by the thousand: who wakes, when, and in which order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Nap } from '../../src/core/nap.ts';
import { steadyTime } from '../../src/core/steady-time.ts';

interface Sleeper {
  readonly nap: Nap;
  readonly ms: number;
  readonly due: number;
  readonly earliest: number;
}

/** Lets them sleep, takes some back at once, others when the first wake, and waits for the rest. */
async function sleepAll(plan: readonly (readonly [ms: number, fate: string])[]): Promise<string> {
  const woken: Sleeper[] = [];
  const late: Sleeper[] = [];
  let asleep = 0;
  await new Promise<void>((resolve) => {
    for (const [ms, fate] of plan) {
      const nap = new Nap(ms);
      nap.next();
      const earliest = steadyTime() + ms;
      const wake = (): void => {
        if (steadyTime() < earliest) throw new Error('woken early');
        woken.push(sleeper);
        // In the midst of the others' waking.
        for (const other of late.splice(0)) {
          if (other.nap.following === null) continue;
          other.nap.cancel();
          other.nap.cancel();
          asleep--;
        }
        if (--asleep === 0) resolve();
      };
      asleep++;
      nap.begin({ wake, fail: () => {} });
      const sleeper = { nap, ms, due: nap.due, earliest };
      if (fate === 'late') late.push(sleeper);
      else if (fate === 'at once') {
        nap.cancel();
        asleep--;
      }
    }
    if (asleep === 0) resolve();
  });
  const dues = woken.map(({ due }) => due);
  return dues.every((due, index) => index === 0 || (dues[index - 1] as number) <= due)
    ? 'in order'
    : `not in order: ${dues.join(' ')}`;
}

test('they wake when they are due, in that order, and none that was taken back', async () => {
  const fate = fc.constantFrom('never', 'never', 'late', 'at once');
  const plan = fc.array(fc.tuple(fc.constantFrom(1, 2, 3, 5, 8), fate), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(plan, async (sleeps) => {
      expect(await sleepAll(sleeps)).toBe('in order');
    }),
    { numRuns: 60 },
  );
});

test('a sleep yields itself, ends with nothing, and can then be another one', () => {
  const nap = new Nap(5);
  expect(nap.next()).toBe(nap);
  expect(nap.value).toBe(nap);
  expect([nap.yielded, nap.done, nap.over]).toEqual([true, false, false]);
  expect(nap.next()).toEqual({ value: undefined, done: true });
  expect([nap.over, nap.next().done]).toEqual([true, true]);
  expect(nap.again(7).next()).toBe(nap);
  expect(() => nap.throw(new Error('killed'))).toThrow('killed');
  expect(nap.over).toBe(true);
});
