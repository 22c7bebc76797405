/**
 * How plain code in a worker green thread waits: it parks, while the hub performs the call.
 */
import { heap, type Way } from '../core/heap.ts';
import { performHere } from '../core/call.ts';
import { isLocal } from '../core/definition.ts';
import type { Parker } from './parker.ts';

export function workerWay(parker: Parker, threadId: () => number): Way {
  return {
    kind: 'worker',
    timeouts: parker.timeouts,
    perform: (definition, args, options) => parker.call(definition, args, options),
    performAsync: (definition, args, given) =>
      parker.interruptible(definition, given, (options) =>
        isLocal(definition, args) && !(definition.local === true && parker.virtualTime)
          ? performHere(definition, args, options)
          : parker.callAsync(definition, args, options),
      ),
    suspend: (definition, args, options) => parker.suspend(definition, args, options),
    accompany: (interrupt, standing) => parker.accompany(interrupt, standing),
    park: (ms, options) => {
      if (parker.virtualTime) return false;
      parker.sleep(ms, options);
      return true;
    },
    shared: {
      check: () => parker.check(),
      threadId,
      ownerId: () => (heap.ownFiber() ? 0 : threadId()),
      maySpin: () => parker.maySpin,
      pause: (park) => parker.pause(park),
    },
  };
}
