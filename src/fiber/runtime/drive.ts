/**
 * Owns what happens when a compiled function that has no plain body is called by code that knows nothing of us: its face
 * drives the twin to the end. A wait that comes up on the way cannot suspend, because a native or uncompiled frame stands in between:
 * the fiber is pinned, and the wait goes through the plain way of waiting.
 */
import { CoppiceError } from '../../core/errors.ts';
import type { Twin } from '../../core/twin.ts';
import { S } from './state.ts';
import { wantsNewTarget, type AnyFunction } from './twins.ts';

/** How plain code waits for something that only describes itself. Returns the value or throws. */
export type PlainWait = (wait: unknown) => unknown;

let plainWait: PlainWait = () => {
  throw new CoppiceError(
    'ERR_COPPICE_PINNED_MAIN',
    'A compiled function had to wait while plain code stood between it and its fiber. ' +
      'Spawn it, or call it from compiled code.',
  );
};

/** Installs the plain way of waiting for what is yielded under a plain driver. */
export function setPlainWait(hook: PlainWait): void {
  plainWait = hook;
}

/** Waits the plain way. */
export function waitPlainly(wait: unknown): unknown {
  return plainWait(wait);
}

/** Drives a twin to its end. */
export function drive(body: Generator): unknown {
  S.d++;
  try {
    let result = body.next();
    while (result.done !== true) {
      let value: unknown;
      try {
        value = plainWait(result.value);
      } catch (error) {
        result = body.throw(error);
        continue;
      }
      result = body.next(value);
    }
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
