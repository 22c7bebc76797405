/**
 * Errors across a heap boundary, in both directions.
 *
 * Invariants: what arrives is an instance of the same built-in class (or of the same class of coppice) with the same
 * `name`, `message`, `cause`, own properties and stack. Structured clone alone would drop own properties such as
 * `code`, and would turn every class that it does not know into a plain object.
 */
import { types } from 'node:util';
import { CoppiceError, DeadlockError, ExitError, GreenThreadExit } from './errors.ts';
import { Timeout } from './timeout.ts';
import { usersOf, withoutCallers } from './user-frames.ts';

/** A thrown value on its way. */
export type EncodedError =
  | { readonly value: unknown }
  | {
      readonly base: string;
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly cause?: EncodedError;
      readonly errors?: readonly EncodedError[];
      readonly props: readonly (readonly [key: string, value: unknown, enumerable: boolean])[];
    };

const bases = new Map<string, abstract new (...args: never[]) => Error>(
  [
    AggregateError,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    CoppiceError,
    DeadlockError,
    ExitError,
    GreenThreadExit,
    Timeout,
  ].map((type) => [type.name, type]),
);

const MAX_DEPTH = 16;

/** Turns a thrown value into what structured clone carries whole. */
export function encodeError(error: unknown, depth = 0): EncodedError {
  if (!isErrorLike(error)) return { value: cloneableOr(error, () => describe(error)) };
  const props: [string, unknown, boolean][] = [];
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key === 'stack' || key === 'message' || key === 'cause' || key === 'errors') continue;
    const value = read(error, key);
    if (typeof value === 'function') continue;
    const enumerable = Object.prototype.propertyIsEnumerable.call(error, key);
    props.push([key, cloneableOr(value, () => describe(value)), enumerable]);
  }
  const encoded: { -readonly [K in keyof Exclude<EncodedError, { value: unknown }>]: unknown } = {
    base: baseOf(error),
    name: String(read(error, 'name')),
    message: String(read(error, 'message')),
    stack: stackOf(error),
    props,
  };
  // DOMException has `code` on its prototype, and so on: only what is the error's own is sent.
  if (depth < MAX_DEPTH) {
    if (Object.hasOwn(error, 'cause')) encoded.cause = encodeError(read(error, 'cause'), depth + 1);
    const errors = read(error, 'errors');
    if (Array.isArray(errors)) encoded.errors = errors.map((each) => encodeError(each, depth + 1));
  }
  return encoded as EncodedError;
}

/**
 * The thrown value again. `here`, when given, is an own stack to show below the one from the other side.
 */
export function decodeError(encoded: EncodedError, here?: string): unknown {
  if ('value' in encoded) return encoded.value;
  const { base, name, message, stack, cause, errors, props } = encoded;
  const error =
    base === 'DOMException' ? new DOMException(message, name) : plainError(base, message);
  for (const [key, value, enumerable] of props) define(error, key, value, enumerable);
  if (cause) define(error, 'cause', decodeError(cause), false);
  if (errors)
    define(
      error,
      'errors',
      errors.map((each) => decodeError(each)),
      false,
    );
  if (base !== 'DOMException' && (error as Error).name !== name) define(error, 'name', name, false);
  if (stack !== undefined) define(error, 'stack', here ? `${stack}\n${here}` : stack, false);
  return error;
}

/** The frames of the present call, headed by where they stand, to be shown below a stack from elsewhere. */
export function framesHere(
  heading: string,
  below: Parameters<typeof Error.captureStackTrace>[1],
): string {
  return underHeading(heading, laterFrames(below)());
}

/**
 * The frames for who may never ask: they are taken now, and only put into words when they are asked for.
 *
 * @param most how many frames to take; they cost the more the more they are.
 */
export function laterFrames(
  below: Parameters<typeof Error.captureStackTrace>[1],
  most = Infinity,
): () => string {
  const holder: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  if (most < stackTraceLimit) Error.stackTraceLimit = most;
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = stackTraceLimit;
  return () => holder.stack?.split('\n').slice(1).join('\n') ?? '';
}

/** Frames as they are shown below a stack from elsewhere. */
export function underHeading(heading: string, frames: string): string {
  return `    --- ${heading} ---\n${usersOf(frames)}`;
}

function plainError(base: string, message: string): Error {
  const type = bases.get(base) ?? Error;
  // Not `new type(message)`: the classes of coppice take other arguments. Reflect.construct gives a real Error (with
  // its internal slot) that has the right prototype, without running their constructors.
  return Reflect.construct(Error, [message], type) as Error;
}

function baseOf(error: Error): string {
  if (error instanceof DOMException) return 'DOMException';
  for (
    let proto: unknown = Object.getPrototypeOf(error);
    proto;
    proto = Object.getPrototypeOf(proto)
  ) {
    const type = (proto as { constructor?: { name?: string } }).constructor;
    if (type?.name && bases.get(type.name) === type) return type.name;
  }
  return 'Error';
}

function isErrorLike(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error || value instanceof DOMException;
}

function stackOf(error: Error): string | undefined {
  const stack = read(error, 'stack');
  return typeof stack === 'string' ? withoutCallers(stack) : undefined;
}

function read(target: object, key: string): unknown {
  try {
    return (target as Record<string, unknown>)[key];
  } catch (error) {
    return `[unreadable: ${describe(error)}]`;
  }
}

function cloneableOr(value: unknown, fallback: () => unknown): unknown {
  if (
    value === null ||
    (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
  ) {
    return value;
  }
  try {
    return structuredClone(value);
  } catch {
    return fallback();
  }
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}
