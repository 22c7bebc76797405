/**
 * How plain code outside any green thread waits: for real. The honest fallback.
 */
import { performHere } from '../core/call.ts';
import { CoppiceError } from '../core/errors.ts';
import type { Way, WaitOptions } from '../core/heap.ts';
import { timeoutError, TimeoutScope } from '../core/timeout.ts';

const word = new Int32Array(new SharedArrayBuffer(4));

export function mainWay(): Way {
  const timeouts = new TimeoutScope();
  return {
    kind: 'main',
    timeouts,
    perform: (definition) => {
      throw new CoppiceError(
        'ERR_COPPICE_WOULD_BLOCK_MAIN',
        `${definition.name}() would block the main thread for ever: only its loop could complete it. ` +
          `Await ${definition.asyncName ?? 'its .async face'} instead, or call it in a green thread.`,
      );
    },
    performAsync: (definition, args, options) => performHere(definition, args, options),
    park: (ms, options) => {
      park(ms, options, timeouts);
      return true;
    },
  };
}

/** Nothing can ring here, so it simply waits until the first deadline. */
function park(
  ms: number,
  { timeout = Infinity, signal }: WaitOptions,
  timeouts: TimeoutScope,
): void {
  signal?.throwIfAborted();
  const now = performance.now();
  const running = timeouts.next;
  const left = (running?.deadline ?? Infinity) - now;
  Atomics.wait(word, 0, 0, Math.max(0, Math.min(ms, timeout, left)));
  if (running && left <= Math.min(ms, timeout)) {
    running.close();
    throw running.thrown;
  }
  if (timeout < ms) throw timeoutError(timeout);
}
