/**
 * Owns saying what a fiber is blocked in: for reports, and to find that it is blocked for ever.
 *
 * Invariant: the same object as long as it is the same wait under a limit or none, but for a sleep, which always ends.
 */
import { Nap } from '../core/nap.ts';
import { isThenable, Wait } from '../core/wait.ts';
import type { PendingWait } from '../hub/blockable.ts';
import type { Fiber } from './fiber.ts';

/** A sleep, as reports see it. The time is told only when somebody asks: looking for cycles meets sleepers by the hundred thousand. */
class Asleep implements PendingWait {
  readonly what = 'sleep()';
  readonly target = undefined;
  readonly bounded = true;
  readonly #fiber: Fiber;

  constructor(fiber: Fiber) {
    this.#fiber = fiber;
  }

  get since(): number {
    return this.#fiber.blockedSince;
  }
}

const A_PROMISE = { what: 'a promise', target: undefined, bounded: false, abortable: false };

const pendings = new WeakMap<object, PendingWait>();

/** `undefined` when it is not blocked. */
export function pendingOf(fiber: Fiber): PendingWait | undefined {
  const wait = fiber.blockedIn;
  if (wait instanceof Nap) return new Asleep(fiber);
  if (!(wait instanceof Wait) && !isThenable(wait)) return undefined;
  const limit = fiber.timeouts?.next?.deadline ?? Infinity;
  const {
    what,
    target,
    bounded: limited,
    abortable: open,
  } = wait instanceof Wait ? wait : A_PROMISE;
  const bounded = limited || limit < Infinity;
  let pending = pendings.get(wait);
  // Somebody else may have closed the limit meanwhile.
  if (pending?.bounded !== bounded) {
    pending = { what, target, bounded, open, since: fiber.blockedSince };
    pendings.set(wait, pending);
  }
  return pending;
}
