/**
 * How plain code in a worker green thread waits: it parks, while the hub performs the call.
 */
import type { Way } from '../core/heap.ts';
import { performHere } from '../core/call.ts';
import type { Parker } from './parker.ts';

export function workerWay(parker: Parker, threadId: () => number): Way {
  return {
    kind: 'worker',
    timeouts: parker.timeouts,
    perform: (definition, args, options) => parker.call(definition, args, options),
    performAsync: (definition, args, given) =>
      parker.interruptible(given, (options) =>
        definition.local && !parker.virtualTime
          ? performHere(definition, args, options)
          : parker.callAsync(definition, args, options),
      ),
    park: (ms, options) => {
      if (parker.virtualTime) return false;
      parker.sleep(ms, options);
      return true;
    },
    shared: {
      check: () => parker.check(),
      threadId,
      spin: (attempt) => parker.spin(attempt),
      pause: (park) => parker.pause(park),
    },
  };
}
