/**
 * Owns what happens when a compiled function that has no plain body is called by code that knows nothing of us: its face
 * drives the twin to the end. A wait that comes up on the way cannot suspend, because a native or uncompiled frame stands in between:
 * the fiber is pinned, and the wait goes through the plain way of waiting.
 */
import { CoppiceError } from '../../core/errors.ts';
import type { Twin } from '../../core/twin.ts';
import { S } from './state.ts';
import { wantsNewTarget, type AnyFunction } from './twins.ts';

/** What is yielded here can be waited for by nobody: what can wait plainly has done so. */
export function cannotWait(): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_PINNED_MAIN',
    'A compiled function had to wait while plain code stood between it and its fiber. ' +
      'Spawn it, or call it from compiled code.',
  );
}

/** Drives a twin to its end. */
export function drive(body: Generator): unknown {
  S.d++;
  try {
    let result = body.next();
    while (result.done !== true) result = body.throw(cannotWait());
    return result.value;
  } finally {
    S.d--;
    S.g = null;
  }
}

/** The face of a compiled function without a plain body. */
export function face(self: unknown, twin: Twin, args: IArguments, newTarget?: unknown): unknown {
  if (newTarget !== undefined) {
    const body = Reflect.apply(twin as AnyFunction, self, args as never) as Generator;
    if (wantsNewTarget(twin)) S.nt = newTarget;
    return drive(body);
  }
  return drive(Reflect.apply(twin as AnyFunction, self, args as never) as Generator);
}
