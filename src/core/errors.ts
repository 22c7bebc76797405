/**
 * Every error that coppice itself raises.
 *
 * Invariants: each has a stable `code`, and its message ends by saying what to do next. The classes listed in
 * `errorClasses` keep their identity when they cross between a Worker and the hub (see error-codec.ts). The stack of one
 * that tells of a mistake begins with the code that made it.
 */
import { fromUsersCode } from './user-frames.ts';

/** The stable codes, with what each means. */
export type CoppiceErrorCode =
  | 'ERR_COPPICE_BROKEN_BARRIER'
  | 'ERR_COPPICE_CLOSED'
  | 'ERR_COPPICE_DEADLOCK'
  | 'ERR_COPPICE_EXIT'
  | 'ERR_COPPICE_INVALID_ARGUMENT'
  | 'ERR_COPPICE_KILLED'
  | 'ERR_COPPICE_LINE_TOO_LONG'
  | 'ERR_COPPICE_LOAD'
  | 'ERR_COPPICE_NO_EXPORT'
  | 'ERR_COPPICE_NOT_CLONEABLE'
  | 'ERR_COPPICE_NOT_OWNER'
  | 'ERR_COPPICE_NOT_SPAWNABLE'
  | 'ERR_COPPICE_NO_WORKER'
  | 'ERR_COPPICE_OUT_OF_MEMORY'
  | 'ERR_COPPICE_OVER_RELEASE'
  | 'ERR_COPPICE_PINNED'
  | 'ERR_COPPICE_PINNED_MAIN'
  | 'ERR_COPPICE_POOL_CLOSED'
  | 'ERR_COPPICE_POOL_FULL'
  | 'ERR_COPPICE_TERMINATED'
  | 'ERR_COPPICE_TIMEOUT'
  | 'ERR_COPPICE_TIMEOUT_IN_COROUTINE'
  | 'ERR_COPPICE_UNKNOWN_CALL'
  | 'ERR_COPPICE_WOULD_BLOCK_MAIN'
  | 'ERR_COPPICE_WOULD_BLOCK_WORKER';

/** Codes of what can only be mended where it was called. */
const MISTAKES: ReadonlySet<CoppiceErrorCode> = new Set([
  'ERR_COPPICE_INVALID_ARGUMENT',
  'ERR_COPPICE_NOT_CLONEABLE',
  'ERR_COPPICE_NOT_OWNER',
  'ERR_COPPICE_NOT_SPAWNABLE',
  'ERR_COPPICE_OVER_RELEASE',
  'ERR_COPPICE_PINNED_MAIN',
  'ERR_COPPICE_WOULD_BLOCK_MAIN',
  'ERR_COPPICE_WOULD_BLOCK_WORKER',
]);

/**
 * The base of all errors of coppice.
 *
 * @example
 * try { thread.get(); } catch (error) { if (error instanceof CoppiceError) console.error(error.code); }
 */
export class CoppiceError extends Error {
  /** Stable: safe to compare in programs. */
  readonly code: CoppiceErrorCode;

  constructor(code: CoppiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    // On the prototype's side of things: `name` must not show up among an instance's own enumerable properties.
    Object.defineProperty(this, 'name', {
      value: new.target.name,
      configurable: true,
      writable: true,
    });
    // As text, since only that can be cut. What is not thrown by the thousand may cost it.
    if (MISTAKES.has(code) && typeof this.stack === 'string')
      this.stack = fromUsersCode(this.stack);
  }
}

/**
 * Thrown inside a green thread at its next yield point when it is killed, so that `finally` blocks run. A thread
 * that ends with it counts as successful and has it as its value (gevent's `GreenletExit`).
 */
export class GreenThreadExit extends CoppiceError {
  /** `false` when the thread had to be terminated by force, so that its `finally` blocks did not run. */
  readonly unwound: boolean;

  constructor(
    message = 'The green thread was killed.',
    options?: ErrorOptions & { unwound?: boolean },
  ) {
    super('ERR_COPPICE_KILLED', message, options);
    this.unwound = options?.unwound ?? true;
  }
}

/** The green threads can never go on: each waits for what only another blocked one could do. */
export class DeadlockError extends CoppiceError {
  /** Who is blocked, in what, and where: what the message says, for programs. */
  readonly blocked: readonly object[];

  constructor(message: string, options?: ErrorOptions & { blocked?: readonly object[] }) {
    super('ERR_COPPICE_DEADLOCK', message, options);
    this.blocked = options?.blocked ?? [];
  }
}

/** Node's exit code for a program whose top-level await nothing is left to settle. */
const UNSETTLED_AWAIT = 13;

/** The green thread called `process.exit(exitCode)`, which in a Worker ends only that thread. */
export class ExitError extends CoppiceError {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(
      'ERR_COPPICE_EXIT',
      `The green thread called process.exit(${exitCode}) and ended there, without a value. ` +
        'Return from the function instead, or throw.' +
        (exitCode === UNSETTLED_AWAIT
          ? ' If it did not call it, its top-level await waits for what can never come.'
          : ''),
    );
    this.exitCode = exitCode;
  }
}

/** A value has the wrong type or range. */
export function invalidArgument(message: string): CoppiceError {
  return new CoppiceError('ERR_COPPICE_INVALID_ARGUMENT', message);
}

/** Checks a time in milliseconds: a number that is not NaN and not negative; `Infinity` is allowed. */
export function checkMilliseconds(value: unknown, name: string): number {
  if (typeof value !== 'number' || Number.isNaN(value) || value < 0)
    throw invalidArgument(
      `${name} takes a number of milliseconds, 0 or more; got ${inWords(value)}.`,
    );
  return value;
}

/** A value as it is written, so that a string or a bigint is told from the number. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

/** Throws when what was given is no function. `what` begins the sentence: `'withTimeout()'`. */
export function checkFunction(given: unknown, what: string, example: string): void {
  if (typeof given === 'function') return;
  throw invalidArgument(`${what} takes a function, got ${typeof given}: ${example}.`);
}

/** Throws when the options are no object, or have other names than these. */
export function checkOptions(given: unknown, what: string, names: readonly string[]): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null) {
    const got = given === null ? 'null' : typeof given;
    throw invalidArgument(`The options of ${what} must be an object, got ${got}.`);
  }
  const strange = Object.keys(given).find(
    (name) => !names.includes(name) && !WITHIN.includes(name),
  );
  if (strange !== undefined) throw unknownOption(strange, names);
}

/** What code of ours says in the options of `GreenThread` and `Timeout`. */
const WITHIN: readonly string[] = ['pool', 'scope'];

/** What is misspelt would be ignored. */
export function unknownOption(name: string, names: readonly string[]): CoppiceError {
  return invalidArgument(`There is no option ${name} here. The options are ${names.join(', ')}.`);
}
