/**
 * What ends the waits of a fiber that runs a stretch of an async function: a `withTimeoutAsync` around it, and, in a Worker,
 * a kill or a `Timeout` of the green thread whose job it is.
 *
 * Invariant: each is thrown once, where the fiber waits or at its next yield point; what came too late for that is thrown
 * in the next wait of the same coroutine, as `ambient.ts` and the parker see to.
 */
import { ambientWait } from '../core/ambient.ts';
import { heap } from '../core/heap.ts';
import type { Fiber } from './fiber.ts';
import { pendingOf } from './pending-wait.ts';

/**
 * Lets the fiber be ended so. To be called when it waits, in the context of the async function.
 *
 * @returns what tells that it has ended.
 */
export function limitAsync(fiber: Fiber): () => void {
  const interrupt = (error: unknown, thrown: () => void): void =>
    fiber.interrupt(error, () => {
      thrown();
      return true;
    });
  const standing = {
    get what() {
      return pendingOf(fiber)?.what;
    },
    get frames() {
      return fiber.frames;
    },
  };
  const leave = fiber.owner === undefined ? heap.way.accompany?.(interrupt, standing) : undefined;
  const ambient = ambientWait();
  const listeners = ambient.signals.map((signal) => {
    const abort = (): void => interrupt(signal.reason, () => ambient.ended(signal.reason));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  });
  return () => {
    leave?.();
    for (const forget of listeners) forget();
  };
}
