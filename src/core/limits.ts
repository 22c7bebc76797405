/**
 * The check of `{ timeout, signal }`, for everything that takes them.
 *
 * Why so strict: a limit that is not understood would be no limit, and the wait one for ever. Who comes from gevent, where
 * a timeout is a number, must hear of it at the call, also when that need not wait this time.
 */
import { checkMilliseconds, invalidArgument } from './errors.ts';
import type { WaitOptions } from './heap.ts';

/**
 * Throws unless these are options, or none.
 *
 * @param example what they look like, for who gives something else.
 *
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
 */
export function checkLimits(
  options: unknown,
  example = '{ timeout: 100 }',
): asserts options is WaitOptions | null | undefined {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object') {
    const [like, what] =
      typeof options === 'number'
        ? [`{ timeout: ${options} }`, String(options)]
        : [example, `a ${typeof options}`];
    throw invalidArgument(`Options are given in an object, ${like}; got ${what}.`);
  }
  const { timeout, signal } = options as WaitOptions;
  if (timeout !== undefined) checkMilliseconds(timeout, 'timeout');
  // As in fetch(), null is none.
  if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) {
    throw invalidArgument(
      `signal must be an AbortSignal, such as new AbortController().signal; got a ${typeof signal}.`,
    );
  }
}
