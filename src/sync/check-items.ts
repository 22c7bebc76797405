/**
 * The check of what `map` and its like go through, since what JavaScript says of it names neither the call nor the way out.
 */
import { invalidArgument } from '../core/errors.ts';

/** @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT` when it cannot be iterated over. */
export function checkItems(items: unknown, what: string): void {
  if (
    typeof (items as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] ===
    'function'
  )
    return;
  throw invalidArgument(
    `${what} takes something to iterate over after the target, such as an array of one argument for each call; got ${inWords(items)}.`,
  );
}

/** A value as an error names it. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const object = typeof value === 'object' && value !== null;
  if (typeof value === 'function' || object) return object ? 'an object' : 'a function';
  return String(value);
}
