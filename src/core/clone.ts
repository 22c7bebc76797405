/**
 * What to say when a value cannot cross to another heap: where in it the part stands that cannot.
 *
 * Also `transfer`, which marks what is to be moved and not copied. Runs only after a failure, so it may be slow.
 */
import { types } from 'node:util';
import { CoppiceError } from './errors.ts';

const transfers = new WeakMap<object, readonly Transferable[]>();

/** What structured clone can move: an `ArrayBuffer`, a `MessagePort`, a stream. */
type Transferable = import('node:worker_threads').Transferable;

/**
 * Marks `value` so that, when it is next an argument or a result that crosses to another thread, the listed objects
 * are moved and not copied (the sender can no longer use them).
 *
 * @example
 * const bytes = new Uint8Array(1 << 20);
 * spawn(url, transfer(bytes, [bytes.buffer]));
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  transfers.set(value, list);
  return value;
}

/** The transfer list of some arguments. */
export function transferListOf(values: readonly unknown[]): Transferable[] | undefined {
  let list: Transferable[] | undefined;
  for (const value of values) {
    if (value === null || typeof value !== 'object') continue;
    const marked = transfers.get(value);
    if (marked) {
      (list ??= []).push(...marked);
      transfers.delete(value);
    }
  }
  return list;
}

/** A clear error for a value that structured clone refused, naming the path to the offending part. */
export function notCloneable(value: unknown, root: string, cause: unknown): CoppiceError {
  const path = findUncloneable(value, root, new Set()) ?? root;
  return new CoppiceError(
    'ERR_COPPICE_NOT_CLONEABLE',
    `${path} cannot be sent to another thread (${reasonOf(cause)}). ` +
      'Send plain data, or create the object on the side where it is used.',
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error
    ? cause.message.replaceAll(/\s+/g, ' ').slice(0, 120).replace(/\.$/, '')
    : String(cause);
}

function findUncloneable(value: unknown, path: string, visited: Set<unknown>): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol')
    return `${path} (a ${typeof value})`;
  if (value === null || typeof value !== 'object' || visited.has(value)) return undefined;
  visited.add(value);
  for (const [step, item] of partsOf(value)) {
    const found = findUncloneable(item, `${path}${step}`, visited);
    if (found) return found;
  }
  return isCloneable(value) ? undefined : `${path} (a ${kindOf(value)})`;
}

/** A generator's constructor, for one, has no name. */
function kindOf(value: object): string {
  return (
    value.constructor?.name || Object.prototype.toString.call(value).slice('[object '.length, -1)
  );
}

function* partsOf(value: object): Generator<[string, unknown]> {
  if (value instanceof Map) {
    for (const [key, item] of value) {
      yield ['.keys()', key];
      yield [`.get(${String(key)})`, item];
    }
  } else if (value instanceof Set) {
    for (const item of value) yield ['.values()', item];
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield [`[${index}]`, item];
  } else {
    for (const key of Object.keys(value)) {
      const step = /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
      yield [step, (value as Record<string, unknown>)[key]];
    }
  }
}

const PLAIN_DEPTH = 32;

/** Is it nothing but plain data? Then it is cloneable, and a look at it costs a tenth of a clone. */
function isPlainData(value: unknown, depth = 0): boolean {
  if (value === null || typeof value !== 'object')
    return typeof value !== 'function' && typeof value !== 'symbol';
  // A proxy can look like anything; structured clone takes none.
  if (depth === PLAIN_DEPTH || types.isProxy(value)) return false;
  if (Array.isArray(value)) return value.every((item) => isPlainData(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value)
    if (!isPlainData((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

/** Does structured clone take it? */
export function isCloneable(value: unknown): boolean {
  try {
    if (!isPlainData(value)) structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
