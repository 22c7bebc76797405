/**
 * `sleep` in each way of waiting.
 */
import { sleep, sleepAsync, useClock, VirtualClock, wrap, type CoppiceError } from 'coppice';
import { describe, expect, test } from 'vitest';
import { fixture, rejection, thrownBy } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));

describe('sleepAsync', () => {
  test('ends when its time has come, in order of time, first set first', async () => {
    const clock = new VirtualClock();
    using _ = useClock(clock);
    const woken: string[] = [];
    const naps = (
      [
        ['late', 20],
        ['early', 10],
        ['also early', 10],
      ] as const
    ).map(async ([name, ms]) => {
      await sleepAsync(ms);
      woken.push(name);
    });
    clock.advance(9);
    await Promise.resolve();
    expect(woken).toEqual([]);
    clock.advance(11);
    await Promise.all(naps);
    expect(woken).toEqual(['early', 'also early', 'late']);
  });

  test('is ended by its timeout and its signal, and leaves no timer', async () => {
    const clock = new VirtualClock();
    using _ = useClock(clock);
    const controller = new AbortController();
    const timedOut = rejection(sleepAsync(1000, { timeout: 5 }));
    const stopped = rejection(sleepAsync(1000, { signal: controller.signal }));
    clock.advance(5);
    controller.abort();
    expect(await timedOut).toMatchObject({ code: 'ERR_COPPICE_TIMEOUT', ms: 5 });
    expect(await stopped).toBe(controller.signal.reason);
    expect(clock.pending).toBe(0);
  });
});

describe('sleep', () => {
  test('in a green thread asks the hub while the clock is a virtual one', async () => {
    const clock = new VirtualClock();
    using _ = useClock(clock);
    const thread = jobs['napWith']!(60_000, {});
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(60_000);
    expect(await thread).toBe('slept');
  });

  test('in a green thread never wakes early', async () => {
    expect(await jobs['napsEarly']!([0, 1, 2, 3, 5, 0.5])).toEqual([]);
  });

  test('a time must be a time', async () => {
    for (const ms of [-1, Number.NaN, '5' as never, undefined as never]) {
      expect((thrownBy(() => sleep(ms)) as CoppiceError).code).toBe('ERR_COPPICE_INVALID_ARGUMENT');
      expect(await rejection(sleepAsync(ms))).toMatchObject({
        code: 'ERR_COPPICE_INVALID_ARGUMENT',
      });
    }
  });
});
