/**
 * `sleep`: the simplest blocking call, and the model for defining one.
 *
 * A worker green thread sleeps by itself, in a timed wait that the hub can interrupt, without a trip to the hub.
 */
import { clock, systemClock } from '../core/clock.ts';
import { defineBlocking } from '../core/definition.ts';
import { checkMilliseconds } from '../core/errors.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import { Nap } from '../core/nap.ts';
import { setTwin, twinOf, type Twin } from '../core/twin.ts';
import { Wait } from '../core/wait.ts';
import type { FiberTimeouts } from '../fiber/fiber-timeouts.ts';
import { currentFiber } from '../fiber/fiber.ts';

/**
 * Gives up control for `ms` milliseconds. `sleep(0)` lets the others run once.
 *
 * Follows gevent's `sleep`, in milliseconds.
 *
 * @param ms milliseconds, 0 or more; `Infinity` sleeps until killed.
 * @param options.timeout milliseconds after which a `Timeout` is thrown.
 * @param options.signal aborting it ends the sleep; its reason is thrown.
 * @example
 * sleep(100);
 */
export const sleep: {
  (ms: number, options?: WaitOptions): void;
  async(ms: number, options?: WaitOptions): Promise<void>;
} = defineBlocking(
  'sleep',
  (ms: number, _options?: WaitOptions): Wait<void> => {
    checkMilliseconds(ms, 'sleep()');
    return new Wait<void>((waker) => {
      const timer = clock().setTimer(() => waker.wake(), ms);
      return () => timer.cancel();
    }, `sleep(${ms})`);
  },
  {
    optionsAt: 1,
    optionNames: [],
    local: true,
    contextFree: true,
    asyncName: 'sleepAsync()',
    direct: ([ms], options) => {
      const time = checkMilliseconds(ms, 'sleep()');
      return heap.way.park(time, options) ? { value: undefined } : undefined;
    },
  },
);

// On a fiber: no call record, no closure, no timer of Node's. What is out of the ordinary takes the general twin.
const general = twinOf(sleep);
const nap = function (ms: number, options?: WaitOptions): unknown {
  const plain = options === undefined || options === null;
  if (!plain || ms === Infinity || clock() !== systemClock) return general(ms, options);
  const time = checkMilliseconds(ms, 'sleep()');
  const fiber = currentFiber();
  if (time === 0) (fiber?.timeouts as FiberTimeouts | null | undefined)?.check();
  return fiber === null ? new Nap(time) : fiber.nap(time);
};
setTwin(sleep, nap as Twin);

/** The explicit face of `sleep`. */
export const sleepAsync = sleep.async;
