/** What timers leave behind. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { systemClock } from 'coppice';

test('one that does not count and is cancelled leaves nothing, however many durations there were', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const durations = 20_000;
  const heapAfter = (from: number): number => {
    for (let n = 0; n < durations; n++)
      systemClock.setTimer(() => {}, from + n * 10, { ref: false }).cancel();
    gc();
    return process.memoryUsage().heapUsed;
  };
  const before = heapAfter(3_600_000);
  // Node's list of one duration takes over a hundred bytes.
  expect(heapAfter(7_200_000) - before).toBeLessThan(durations * 50);
});
