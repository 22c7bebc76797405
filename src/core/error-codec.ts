/**
 * Errors across a heap boundary, in both directions.
 *
 * Invariants: what arrives is an instance of the same built-in class (or of the same class of coppice) with the same
 * `name`, `message`, `cause`, own properties and stack, and so is every error among those, in lists and plain objects
 * too. Structured clone alone would drop own properties such as `code`, and would turn every class that it does not know
 * into a plain object. What cannot be sent is left out where it is a function, and else a description takes its place.
 */
import { inspect, types } from 'node:util';
import { CoppiceError, DeadlockError, ExitError, GreenThreadExit } from './errors.ts';
import { Timeout } from './timeout.ts';
import { usersOf, withoutCallers } from './user-frames.ts';

/** A thrown value on its way. One that stands in several places is one object here, too, so that circles stay circles. */
export type EncodedError =
  | { readonly value: unknown }
  | { readonly list: readonly EncodedError[] }
  | { readonly fields: readonly (readonly [key: string, value: EncodedError])[] }
  | {
      readonly base: string;
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly props: readonly (readonly [key: string, value: EncodedError, enumerable: boolean])[];
    };

/** A list or a plain object. */
type Container = unknown[] | Record<string, unknown>;

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
export function encodeError(error: unknown): EncodedError {
  return encode(error, 0, new Map());
}

function encode(value: unknown, depth: number, known: Map<object, EncodedError>): EncodedError {
  const isError = isErrorLike(value);
  if (!isError && !isContainer(value)) return { value: cloneableOr(value, () => describe(value)) };
  const encoded = known.get(value);
  if (encoded) return encoded;
  if (depth > MAX_DEPTH) return { value: describe(value) };
  if (isError) return encodeProperties(value, depth, known);
  if (!holdsErrors(value)) {
    const whole = cloneableOr(value, () => undefined);
    if (whole !== undefined) return { value: whole };
  }
  return encodeParts(value, depth, known);
}

function encodeProperties(
  error: Error,
  depth: number,
  known: Map<object, EncodedError>,
): EncodedError {
  const props: [string, EncodedError, boolean][] = [];
  const encoded: EncodedError = {
    base: baseOf(error),
    name: String(read(error, 'name')),
    message: String(read(error, 'message')),
    stack: stackOf(error),
    props,
  };
  known.set(error, encoded);
  // DOMException has `code` on its prototype, and so on: only what is the error's own is sent.
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key === 'stack' || key === 'message') continue;
    const value = read(error, key);
    if (typeof value === 'function') continue;
    const enumerable = Object.prototype.propertyIsEnumerable.call(error, key);
    props.push([key, encode(value, depth + 1, known), enumerable]);
  }
  return encoded;
}

/** As structured clone would send it, but with whole errors in it and without what it refuses. */
function encodeParts(
  container: Container,
  depth: number,
  known: Map<object, EncodedError>,
): EncodedError {
  if (Array.isArray(container)) {
    const list: EncodedError[] = [];
    const encoded = { list };
    known.set(container, encoded);
    for (const value of container) list.push(encode(value, depth + 1, known));
    return encoded;
  }
  const fields: [string, EncodedError][] = [];
  const encoded = { fields };
  known.set(container, encoded);
  for (const key of Object.keys(container)) {
    const value = read(container, key);
    if (typeof value !== 'function') fields.push([key, encode(value, depth + 1, known)]);
  }
  return encoded;
}

/**
 * The thrown value again. `here`, when given, is an own stack to show below the one from the other side.
 */
export function decodeError(encoded: EncodedError, here?: string): unknown {
  return decode(encoded, new Map(), here);
}

function decode(encoded: EncodedError, known: Map<EncodedError, unknown>, here?: string): unknown {
  if ('value' in encoded) return encoded.value;
  if (known.has(encoded)) return known.get(encoded);
  if ('list' in encoded) {
    const list: unknown[] = [];
    known.set(encoded, list);
    for (const each of encoded.list) list.push(decode(each, known));
    return list;
  }
  if ('fields' in encoded) {
    const object = {};
    known.set(encoded, object);
    for (const [key, value] of encoded.fields) define(object, key, decode(value, known), true);
    return object;
  }
  const { base, name, message, stack, props } = encoded;
  const error =
    base === 'DOMException' ? new DOMException(message, name) : plainError(base, message);
  known.set(encoded, error);
  for (const [key, value, enumerable] of props)
    define(error, key, decode(value, known), enumerable);
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

function isContainer(value: unknown): value is Container {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const proto: unknown = Object.getPrototypeOf(value);
  return proto === Object.prototype || proto === null;
}

function holdsErrors(value: unknown, depth = 0): boolean {
  if (isErrorLike(value)) return true;
  if (depth > MAX_DEPTH || !isContainer(value)) return false;
  if (Array.isArray(value)) return value.some((each) => holdsErrors(each, depth + 1));
  return Object.keys(value).some((key) => holdsErrors(read(value, key), depth + 1));
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
    // Of what has no words of its own, the class: all that it holds may be without end.
    const text = typeof value === 'function' ? '' : String(value);
    return text && !text.startsWith('[object ') ? text : inspect(value, { depth: -1 });
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}
