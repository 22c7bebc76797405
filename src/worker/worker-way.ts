/**
 * How plain code in a worker green thread waits: it parks, while the hub performs the call.
 */
import type { Definition } from '../core/definition.ts';
import type { Way } from '../core/heap.ts';
import { performHere } from '../core/call.ts';
import type { Parker } from './parker.ts';

export function workerWay(parker: Parker): Way {
  return {
    kind: 'worker',
    timeouts: parker.timeouts,
    perform: (definition, args, options) =>
      decoded(definition, parker.call(definition, encoded(definition, args), options)),
    performAsync: (definition, args, given) =>
      parker.interruptible(given, async (options) => {
        if (definition.local && !parker.virtualTime) return performHere(definition, args, options);
        return decoded(
          definition,
          await parker.callAsync(definition, encoded(definition, args), options),
        );
      }),
    park: (ms, options) => {
      if (parker.virtualTime) return false;
      parker.sleep(ms, options);
      return true;
    },
  };
}

function encoded(definition: Definition, args: unknown[]): unknown[] {
  return definition.encode ? definition.encode(args) : args;
}

function decoded(definition: Definition, value: unknown): unknown {
  return definition.decode ? definition.decode(value) : value;
}
