/**
 * `seedScheduler`: see scheduler.ts.
 */
import { invalidArgument } from '../core/errors.ts';
import { shuffleBy } from './scheduler.ts';

/**
 * Shuffles who runs next among the fibers of this heap that are ready, so that a race between them shows up, and comes
 * again with the same seed. Without a seed they run first in, first out.
 *
 * A whole program is started so by `coppice run --fibers --seed 7 app.js`. Follows trio's scheduler.
 *
 * @param seed a whole number; `undefined` goes back to first in, first out.
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
 * @example
 * seedScheduler(7);
 */
export function seedScheduler(seed: number | undefined): void {
  if (seed !== undefined && !Number.isInteger(seed)) {
    throw invalidArgument(
      `seedScheduler() takes a whole number or undefined, got ${String(seed)}.`,
    );
  }
  shuffleBy(seed);
}
