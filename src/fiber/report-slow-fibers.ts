/**
 * `reportSlowFibers`: see slow.ts.
 */
import { checkMilliseconds } from '../core/errors.ts';
import { warnOfSlowFibers } from './slow.ts';

/**
 * Warns of fibers that run long without a yield point, once for each place, with the stack that they had meanwhile. On
 * the main thread one that has not come to an end after a second is told of while it still runs.
 *
 * Without it nothing is printed, since a machine that is busy, or a collection of garbage, can make any stretch a long
 * one; but whoever listens to the diagnostics channel `coppice.fiber.slow`, or sets `NODE_DEBUG=coppice`, hears of each
 * that takes 100 ms, when it is over. Either starts a small Worker with the first fiber, which watches them: about 10 MB.
 *
 * @param milliseconds how long a stretch is too long; `Infinity`: none is.
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
 * @example
 * reportSlowFibers(20);
 */
export function reportSlowFibers(milliseconds: number = 100): void {
  warnOfSlowFibers(checkMilliseconds(milliseconds, 'reportSlowFibers()'));
}
