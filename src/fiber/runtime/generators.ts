/**
 * Owns users' generator functions in compiled code.
 *
 * The body becomes a raw generator, which yields two kinds of things: waits, as twins do, and the user's values, in a
 * box (one for all: the value is taken out before anything else runs). The face is a generator function as before; the
 * object that it makes drives the raw one plainly. Compiled code that iterates such an object asks it for the raw
 * generator (`S.asks`, answered by the driver inside), and then waits where it waits.
 *
 * A `return` that reaches a raw generator through `yield*`, and there has to wait (in a `finally`), must still end those
 * around it once it is over. The language would not know: after the wait it is resumed by `next`. So what waits says so
 * (`PendingReturn`), whoever drives the outermost finishes it directly, and then has that one return.
 *
 * Parameters are evaluated when the function is called, as the language has it: the face's own parameter list makes
 * the raw generator (`rawKey`, `takeRaw`).
 */
import type { Twin } from '../../core/twin.ts';
import { cannotWait } from './drive.ts';
import { S } from './state.ts';
import { checkTurn, endTurn, isShared, pauseTurn, resumeTurn, takeTurn } from './turns.ts';
import type { AnyFunction } from './twins.ts';

/** `passed` is a result of an iterator that is not ours, which `yield*` hands on as it is. */
const box: { value: unknown; passed: IteratorResult<unknown> | null } = {
  value: undefined,
  passed: null,
};
const KEY = Symbol('coppice.raw');
const ourPrototypes = new WeakSet<object>();
const raws = new WeakMap<object, Generator>();
// oxlint-disable-next-line no-empty-function -- only its prototype's methods are wanted
const { next: nativeNext, return: nativeReturn } = (function* () {})();

/** A delegate was told to return, and waits. */
class PendingReturn {
  readonly raw: Generator;
  readonly wait: unknown;

  constructor(raw: Generator, wait: unknown) {
    this.raw = raw;
    this.wait = wait;
  }
}

/** What a delegate's `return` gave that had to wait. */
const returned = new WeakMap<Generator, unknown>();

export function isBox(value: unknown): boolean {
  return value === box;
}

export function takeBox(): unknown {
  return takeResult().value;
}

function takeResult(): IteratorResult<unknown> {
  const { value, passed } = box;
  box.value = undefined;
  box.passed = null;
  return passed ?? { value, done: false };
}

/** `yield v` in a raw generator yields this. */
export function putIntoBox(value: unknown): unknown {
  box.value = value;
  return box;
}

export function putResultIntoBox(result: IteratorResult<unknown>): unknown {
  box.passed = result;
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

/** What a raw generator that was told to return stands for among others, on the way out. */
function pending(raw: Generator, result: IteratorResult<unknown>): IteratorResult<unknown> {
  const { value, done } = result;
  if (done === true || value === box || value instanceof PendingReturn) return result;
  return { value: new PendingReturn(raw, value), done: false };
}

function returnDelegate(this: Generator, value: unknown): IteratorResult<unknown> {
  if (!returned.has(this)) return pending(this, nativeReturn.call(this, value as never));
  const given = returned.get(this);
  returned.delete(this);
  return { value: given, done: true };
}

/** A raw generator as `yield*` may delegate to it. */
export function asDelegate(raw: Generator): Generator {
  raw.return = returnDelegate;
  return raw;
}

/** Goes on behind what was waited for. */
function goOn(
  raw: Generator,
  waited: unknown,
  method: 'next' | 'throw',
  value: unknown,
): IteratorResult<unknown> {
  if (!(waited instanceof PendingReturn)) return raw[method](value);
  const delegate = waited.raw;
  let result: IteratorResult<unknown>;
  try {
    result = delegate[method](value);
  } catch (error) {
    return raw.throw(error);
  }
  if (result.done !== true) return pending(delegate, result);
  returned.set(delegate, result.value);
  return raw.return(result.value);
}

const waitOf = (value: unknown): unknown => (value instanceof PendingReturn ? value.wait : value);

function settle(raw: Generator, result: IteratorResult<unknown>): IteratorResult<unknown> {
  while (result.done !== true && result.value !== box)
    result = goOn(raw, result.value, 'throw', cannotWait());
  return result.done === true ? result : takeResult();
}

function plainly(raw: Generator, step: () => IteratorResult<unknown>): IteratorResult<unknown> {
  checkTurn(raw);
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
  if (isShared(raw)) yield* takeTurn(raw);
  try {
    let result = method === 'next' ? raw.next(value) : raw[method](value);
    while (result.done !== true && result.value !== box) {
      const waited: unknown = result.value;
      let sent: unknown;
      pauseTurn(raw);
      try {
        sent = yield waitOf(waited);
      } catch (error) {
        resumeTurn(raw);
        result = goOn(raw, waited, 'throw', error);
        continue;
      }
      resumeTurn(raw);
      result = goOn(raw, waited, 'next', sent);
    }
    return result.done === true ? result : takeResult();
  } finally {
    endTurn(raw);
  }
}
