/**
 * Owns what object patterns need that are taken apart by compiled code (see compile/write-patterns.ts).
 */

import { languageError } from './language-errors.ts';

/** What nothing has, in V8's words. `described`: the source's text, or '' for a parameter. */
export function notCoercible(value: unknown, key: string | null, described: string): never {
  const nothing = value === undefined ? 'undefined' : 'object null';
  const what = `'${described === '' ? nothing : described}' as it is ${String(value)}.`;
  throw languageError(
    new TypeError(`Cannot destructure ${key === null ? '' : `property '${key}' of `}${what}`),
    notCoercible,
  );
}

/** What is said of a value that cannot be iterated: the words, or what makes the language say its own. */
export type Refused = string | ((value: never) => void);

export function refusal(value: unknown, refused: Refused): Error {
  if (typeof refused === 'string') return new TypeError(refused);
  try {
    refused(value as never);
  } catch (error) {
    return error as Error;
  }
  return new TypeError('not iterable');
}

/** Nothing has no values either. */
export function notIterable(value: unknown, words: string | null): never {
  throw languageError(refusal(value, words ?? takeNatively), notIterable);
}

/** Takes nothing: for what the language says of values that cannot be iterated. */
export const takeNatively = ([first]: unknown[]): void => void first;

/** What `...rest` takes: the own enumerable properties that were not named, each asked for as the language does. */
export function restOf(value: unknown, named: readonly string[]): object {
  const rest = Object.create(null) as Record<PropertyKey, unknown>;
  const from = Object(value) as Record<PropertyKey, unknown>;
  for (const key of Reflect.ownKeys(from)) {
    if (typeof key === 'string' && named.includes(key)) continue;
    if (Reflect.getOwnPropertyDescriptor(from, key)?.enumerable === true) rest[key] = from[key];
  }
  return rest;
}
