/**
 * Owns users' generator functions in compiled code.
 *
 * The body becomes a raw generator, which yields two kinds of things: waits, as twins do, and the user's values, in a
 * box (one for all: the value is taken out before anything else runs). The face is a generator function as before; the
 * object that it makes drives the raw one plainly. Compiled code that iterates such an object asks it for the raw
 * generator (`S.asks`, answered by the driver inside), and then waits where it waits.
 *
 * Parameters are evaluated when the function is called, as the language has it: the face's own parameter list makes
 * the raw generator (`rawKey`, `takeRaw`).
 */
import type { Twin } from '../../core/twin.ts';
import { driveStep } from './drive.ts';
import { S } from './state.ts';
import type { AnyFunction } from './twins.ts';

const box: { value: unknown } = { value: undefined };
const KEY = Symbol('coppice.raw');
const ourPrototypes = new WeakSet<object>();
const raws = new WeakMap<object, Generator>();
// oxlint-disable-next-line no-empty-function -- only its prototype's methods are wanted
const nativeNext = (function* () {})().next;

export function isBox(value: unknown): boolean {
  return value === box;
}

export function takeBox(): unknown {
  const { value } = box;
  box.value = undefined;
  return value;
}

/** `yield v` in a raw generator yields this. */
export function putIntoBox(value: unknown): unknown {
  box.value = value;
  return box;
}

export function rawKey(twin: Twin, self: unknown, args: IArguments): symbol {
  S.raw = Reflect.apply(twin as AnyFunction, self, args as never) as Generator;
  return KEY;
}

export function takeRaw(): Generator | null {
  const { raw } = S;
  S.raw = null;
  return raw;
}

/** Marks what a compiled generator function makes as ours. */
export function brandGenerator<F extends AnyFunction>(target: F): F {
  const prototype: unknown = target?.prototype;
  if (typeof prototype === 'object' && prototype !== null) ourPrototypes.add(prototype);
  return target;
}

/** Yielded to whoever drives: what `yield*` delegates to has ended after `return`, and that is to go on with this value. */
const leave: { value: unknown } = { value: undefined };

function takeLeave(): unknown {
  const { value } = leave;
  leave.value = undefined;
  return value;
}

const isWait = (value: unknown): boolean => value !== box && value !== leave;

function settle(raw: Generator, result: IteratorResult<unknown>): IteratorResult<unknown> {
  let settled = driveStep(raw, result, isWait);
  while (settled.done !== true && settled.value === leave) {
    settled = driveStep(raw, raw.return(takeLeave()), isWait);
  }
  return settled.done === true ? settled : { value: takeBox(), done: false };
}

/**
 * What `yield*` delegates to, in front of a raw generator.
 *
 * If that has to wait on `return`, it is continued by `next`, and its end would be taken for an ordinary one: the code
 * behind `yield*` would run. So its end is told to whoever drives, who calls `return` once more.
 */
export class Delegate {
  readonly #raw: Generator;
  #leaving = false;
  #over = false;

  constructor(raw: Generator) {
    this.#raw = raw;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(value: unknown): IteratorResult<unknown> {
    const result = this.#raw.next(value);
    return this.#leaving ? this.#onTheWay(result) : result;
  }

  throw(error: unknown): IteratorResult<unknown> {
    const result = this.#raw.throw(error);
    return this.#leaving ? this.#onTheWay(result) : result;
  }

  return(value: unknown): IteratorResult<unknown> {
    if (this.#over) return { value, done: true };
    const result = this.#raw.return(value);
    this.#leaving = result.done !== true && result.value !== box;
    return result;
  }

  #onTheWay(result: IteratorResult<unknown>): IteratorResult<unknown> {
    if (result.done === true) {
      this.#over = true;
      leave.value = result.value;
      return { value: leave, done: false };
    }
    // A value that a `finally` yields to the user: what comes after that is an ordinary end.
    if (result.value === box) this.#leaving = false;
    return result;
  }
}

function plainly(raw: Generator, step: () => IteratorResult<unknown>): IteratorResult<unknown> {
  S.d++;
  try {
    return settle(raw, step());
  } finally {
    S.d--;
    S.g = null;
  }
}

/** What a face delegates to: drives the raw generator plainly, or says which it is. */
export class RawDriver {
  readonly #raw: Generator;

  constructor(raw: Generator) {
    this.#raw = raw;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(value: unknown): IteratorResult<unknown> {
    const raw = this.#raw;
    if (S.asks) {
      S.asks = false;
      S.answer = raw;
      return { value: undefined, done: false };
    }
    return plainly(raw, () => raw.next(value));
  }

  throw(error: unknown): IteratorResult<unknown> {
    return plainly(this.#raw, () => this.#raw.throw(error));
  }

  return(value: unknown): IteratorResult<unknown> {
    return plainly(this.#raw, () => this.#raw.return(value));
  }
}

/** The raw generator behind an iterator, if it is one of ours and not running or finished. */
export function rawOf(iterator: unknown): Generator | null {
  if (typeof iterator !== 'object' || iterator === null) return null;
  const known = raws.get(iterator);
  if (known !== undefined) return known;
  const prototype = Object.getPrototypeOf(iterator) as object | null;
  if (prototype === null || !ourPrototypes.has(prototype)) return null;
  S.asks = true;
  try {
    nativeNext.call(iterator as Generator<undefined, void, unknown>);
  } catch {
    return null;
  } finally {
    S.asks = false;
  }
  const raw = S.answer;
  S.answer = null;
  if (raw !== null) raws.set(iterator, raw);
  return raw;
}

/** One step of a raw generator from within a twin. */
export function* stepRaw(
  raw: Generator,
  method: 'next' | 'throw' | 'return',
  value: unknown,
): Generator<unknown, IteratorResult<unknown>, unknown> {
  let result = method === 'next' ? raw.next(value) : raw[method](value);
  while (result.done !== true && result.value !== box) {
    if (result.value === leave) {
      result = raw.return(takeLeave());
      continue;
    }
    let sent: unknown;
    try {
      sent = yield result.value;
    } catch (error) {
      result = raw.throw(error);
      continue;
    }
    result = raw.next(sent);
  }
  return result.done === true ? result : { value: takeBox(), done: false };
}
