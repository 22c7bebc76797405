/**
 * The check of `{ timeout, signal }`, for everything that takes them.
 *
 * Why so strict: a limit that is not understood, or misspelt, would be no limit, and the wait one for ever. Who comes from
 * gevent, where a timeout is a number, must hear of it at the call, also when that need not wait this time.
 */
import { checkMilliseconds, invalidArgument, unknownOption } from './errors.ts';
import type { WaitOptions } from './heap.ts';

/** What every wait takes. */
const LIMITS = ['timeout', 'signal'] as const;
const NONE: readonly string[] = [];
/** What calls of ours hand on to each other beside. */
const WITHIN: readonly string[] = [...LIMITS, 'whole', 'deadline'];

/**
 * Throws unless these are options, or none.
 *
 * @param more what other options there are; `null`: those of a call that is not ours, any.
 * @param example what they look like, for who gives something else.
 *
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
 */
export function checkLimits(
  options: unknown,
  more: readonly string[] | null = NONE,
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
  const strange = more === null ? undefined : strangeName(options, more);
  if (strange !== undefined) throw unknownOption(strange, [...LIMITS, ...(more ?? NONE)]);
  const { timeout, signal } = options as WaitOptions;
  if (timeout !== undefined) checkMilliseconds(timeout, 'timeout');
  // As in fetch(), null is none.
  if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) {
    throw invalidArgument(
      `signal must be an AbortSignal, such as new AbortController().signal; got a ${typeof signal}.`,
    );
  }
}

/**
 * The first name among these options that is neither a limit nor one of the others. What is inherited does not count: an
 * `AbortController` will do for one with a `signal`.
 */
export function strangeName(options: object, more: readonly string[] = NONE): string | undefined {
  return Object.keys(options).find((name) => !WITHIN.includes(name) && !more.includes(name));
}
