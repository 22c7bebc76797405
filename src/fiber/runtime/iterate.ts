/**
 * Owns iteration by compiled code: `for…of`, spread and `yield*` over iterators that may block between two values.
 *
 * Arrays, strings, maps and sets with their own iterators go through natively, untouched.
 *
 * Past 400 lines because each way to iterate goes through the same steps, with another end.
 */
import { types } from 'node:util';
import {
  asDelegate,
  isBox,
  putIntoBox,
  putResultIntoBox,
  rawOf,
  stepRaw,
  takeBox,
} from './generators.ts';
import { placeError, unplacedError } from './language-errors.ts';
import { refusal, takeNatively, type Refused } from './patterns.ts';
import { S } from './state.ts';
import { endTurn, isShared, pauseTurn, resumeTurn, takeTurn } from './turns.ts';
import { callTwin, checkCallable, stampedTwin, usableTwin, type AnyFunction } from './twins.ts';

/** What an adapter hands out where the value is not there yet. */
export const PENDING = Symbol('coppice.pending');

const READY = Symbol('coppice.ready');
const arrayValues = Array.prototype[Symbol.iterator];
const arrayIteratorPrototype = Object.getPrototypeOf([][Symbol.iterator]()) as { next: unknown };
const arrayNext = arrayIteratorPrototype.next;
const mapEntries = Map.prototype[Symbol.iterator];
const setValues = Set.prototype[Symbol.iterator];

function isNative(value: unknown): boolean {
  if (typeof value === 'string') return true;
  // Whose traps would be called once more by a question.
  if (types.isProxy(value)) return false;
  if (Array.isArray(value)) {
    return value[Symbol.iterator] === arrayValues && arrayIteratorPrototype.next === arrayNext;
  }
  if (value instanceof Map) return value[Symbol.iterator] === mapEntries;
  return value instanceof Set && value[Symbol.iterator] === setValues;
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** What V8 says of an argument that cannot be spread. */
const notSpread = (value: unknown, what: string): string =>
  value === null || value === undefined
    ? `${what} is not iterable (cannot read property ${String(value)})`
    : 'Spread syntax requires ...iterable[Symbol.iterator] to be a function';

function* open(
  iterable: unknown,
  refused: Refused,
): Generator<unknown, Record<PropertyKey, unknown>, unknown> {
  const method =
    iterable === null || iterable === undefined
      ? undefined
      : (iterable as Record<PropertyKey, unknown>)[Symbol.iterator];
  if (typeof method !== 'function') {
    throw unplacedError(refusal(iterable, refused));
  }
  const iterator = yield* callTwin(method, iterable);
  if (!isObject(iterator)) {
    throw unplacedError(new TypeError('Result of the Symbol.iterator method is not an object'));
  }
  return iterator;
}

const noResult = (result: unknown): TypeError =>
  new TypeError(`Iterator result ${String(result)} is not an object`);

/** A generator that yields waits, and READY each time `into` has got the next value. */
function* advance(
  iterable: unknown,
  refused: Refused,
  into: Adapter,
): Generator<unknown, void, unknown> {
  const iterator = yield* open(iterable, refused);
  into.iterator = iterator;
  const raw = rawOf(iterator);
  if (raw !== null) {
    into.raw = raw;
    // Whose turn it is ends with each value, and by an error.
    let mine = false;
    try {
      if (isShared(raw)) yield* takeTurn(raw);
      mine = true;
      let result = raw.next();
      while (result.done !== true) {
        if (isBox(result.value)) {
          into.value = takeBox();
          endTurn(raw);
          mine = false;
          yield READY;
          if (isShared(raw)) yield* takeTurn(raw);
          mine = true;
          result = raw.next();
          continue;
        }
        let sent: unknown;
        pauseTurn(raw);
        try {
          sent = yield result.value;
        } catch (error) {
          resumeTurn(raw);
          result = raw.throw(error);
          continue;
        }
        resumeTurn(raw);
        result = raw.next(sent);
      }
    } finally {
      if (mine) endTurn(raw);
    }
    return;
  }
  const { next } = iterator;
  for (;;) {
    const result = yield* callTwin(next, iterator);
    if (!isObject(result)) throw unplacedError(noResult(result));
    if (result['done']) return;
    into.value = result['value'];
    yield READY;
  }
}

class Adapter {
  value: unknown;
  iterator: Record<PropertyKey, unknown> | null = null;
  raw: Generator | null = null;
  wait: unknown;
  readonly steps: Generator<unknown, void, unknown>;
  #over = false;
  #left = false;
  #thrown = false;

  constructor(iterable: unknown, refused: Refused) {
    this.steps = advance(iterable, refused, this);
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Called by the language, in a loop. */
  next(): IteratorResult<unknown> {
    try {
      return this.step();
    } catch (error) {
      placeError(error, Adapter.prototype.next);
      throw error;
    }
  }

  step(): IteratorResult<unknown> {
    return this.take(() => this.steps.next());
  }

  take(step: () => IteratorResult<unknown>): IteratorResult<unknown> {
    let result: IteratorResult<unknown>;
    try {
      result = step();
    } catch (error) {
      this.#over = true;
      throw error;
    }
    if (result.done === true) {
      this.#over = true;
      return { value: undefined, done: true };
    }
    if (result.value === READY) return { value: this.value, done: false };
    this.wait = result.value;
    return { value: PENDING, done: false };
  }

  /** Called by the language where a loop is left early; the user's iterator is closed behind the loop. */
  return(): object {
    if (!this.#over && this.iterator !== null) this.#left = true;
    this.#over = true;
    return {};
  }

  static isLeft(value: unknown): value is Adapter {
    return isObject(value) && #left in value && value.#left;
  }

  static noteError(value: unknown): void {
    if (isObject(value) && #thrown in value) value.#thrown = true;
  }

  *close(): Generator<unknown, void, unknown> {
    this.#left = false;
    try {
      const { raw, iterator } = this;
      if (raw !== null) {
        yield* stepRaw(raw, 'return', undefined);
        return;
      }
      const method = iterator!['return'];
      if (method === undefined || method === null) return;
      checkCallable(method);
      const result = yield* callTwin(method, iterator);
      if (!isObject(result)) throw noResult(result);
    } catch (error) {
      // What was thrown in the loop counts, and is on its way.
      if (!this.#thrown) throw error;
    }
  }
}

/** Was this loop left before its iterator's end? */
export function isLeft(value: unknown): boolean {
  return Adapter.isLeft(value);
}

/** Notes that the loop is left by an error, which it gives. */
export function leftBy(value: unknown, error: unknown): unknown {
  S.g = null;
  Adapter.noteError(value);
  return error;
}

/** Closes what a loop that was left early has iterated. */
export function close(adapter: Adapter): Generator<unknown, void, unknown> {
  return adapter.close();
}

/** What a compiled for…of iterates. With `quick`, only says whether the value can be iterated natively. */
export function iterable(value: unknown, name: string | 1): unknown {
  if (isNative(value)) return value;
  if (name === 1) return PENDING;
  // Objects are asked when the loop begins: an accessor may have to be waited for.
  if (!isObject(value) && typeof (value as never)?.[Symbol.iterator] !== 'function') {
    throw new TypeError(name);
  }
  return new Adapter(value, name);
}

/** Waits for the value that an adapter does not have yet. Returns whether the iteration is over. */
export function* resume(adapter: Adapter): Generator<unknown, boolean, unknown> {
  for (;;) {
    let result: IteratorResult<unknown>;
    let sent: unknown;
    let failed = false;
    try {
      sent = yield adapter.wait;
    } catch (error) {
      failed = true;
      sent = error;
    }
    if (failed) result = adapter.take(() => adapter.steps.throw(sent));
    else result = adapter.take(() => adapter.steps.next(sent));
    if (result.done === true) return true;
    if (result.value !== PENDING) return false;
  }
}

/** The next values, so many at most. */
function* pull(adapter: Adapter, most: number): Generator<unknown, unknown[], unknown> {
  const items: unknown[] = [];
  try {
    while (items.length < most) {
      const result = adapter.step();
      if (result.done === true) return items;
      if (result.value === PENDING && (yield* resume(adapter))) return items;
      items.push(adapter.value);
    }
  } catch (error) {
    placeError(error, natives.next);
    throw error;
  }
  adapter.return();
  yield* adapter.close();
  return items;
}

/** `...x` where x is no plain array. `what`: of an array literal, the words if it cannot be iterated. */
export function spread(
  value: unknown,
  what = 'value',
  inCall?: number,
): Generator<unknown, unknown[], unknown> {
  return pull(new Adapter(value, inCall === undefined ? what : notSpread(value, what)), Infinity);
}

/** What `[a, b] = x` takes, where x is no plain array: so many values at most; then it is closed. */
export function take(
  value: unknown,
  most: number,
  refused: string | null,
): Generator<unknown, unknown[], unknown> {
  return pull(new Adapter(value, refused ?? takeNatively), most);
}

/** `yield* x` in a raw generator. */
export function* delegate(value: unknown): Generator<unknown, unknown, unknown> {
  const iterator = yield* open(value, `${String(value)} is not iterable`);
  const raw = rawOf(iterator);
  if (raw !== null) return yield* asDelegate(raw);
  const { next } = iterator;
  if (isOurKind(iterator)) return yield* pulling(iterator, next);
  return yield* boxing(iterator) as unknown as Generator<unknown, unknown, unknown>;
}

/** Does it wait in `next` as only hand-written twins do, and have no `throw`? A user's own is left to the language. */
function isOurKind({ next, throw: method }: Record<PropertyKey, unknown>): boolean {
  return (
    stampedTwin(next) === null &&
    usableTwin(next) !== null &&
    (method === undefined || method === null)
  );
}

/** What `yield*` does, by hand: `next` waits for the fiber, and the iterator is closed however this is left. */
function* pulling(
  iterator: Record<PropertyKey, unknown>,
  next: unknown,
): Generator<unknown, unknown, unknown> {
  let open = true;
  let sent: unknown;
  try {
    for (;;) {
      open = false;
      const result = yield* callTwin(next, iterator, sent);
      if (!isObject(result)) throw noResult(result);
      if (result['done']) return result['value'];
      open = true;
      try {
        sent = yield putIntoBox(result['value']);
      } catch {
        throw new TypeError("The iterator does not provide a 'throw' method");
      }
    }
  } finally {
    if (open && typeof iterator['return'] === 'function') {
      Reflect.apply(iterator['return'], iterator, []);
    }
  }
}

type Step = (value: unknown) => IteratorResult<unknown>;

/** A foreign iterator whose values come boxed; what it does not have, this must not seem to have. */
function boxing(iterator: Record<PropertyKey, unknown>): object {
  const next = iterator['next'] as Step;
  const boxed = (result: IteratorResult<unknown>): IteratorResult<unknown> => {
    if (!isObject(result) || result.done) return result;
    return { value: putResultIntoBox(result), done: false };
  };
  const optional = (name: 'throw' | 'return'): Step | undefined => {
    const method = iterator[name] as Step | undefined | null;
    if (method === undefined || method === null) return undefined;
    checkCallable(method);
    return (value) => boxed(Reflect.apply(method, iterator, [value]));
  };
  return {
    [Symbol.iterator]() {
      return this;
    },
    next: (value: unknown) => boxed(Reflect.apply(next, iterator, [value])),
    get throw() {
      return optional('throw');
    },
    get return() {
      return optional('return');
    },
  };
}

/** Twins for what generator objects inherit, so that `it.next()` waits. */
export const generatorMethods = {
  *next(this: unknown, ...args: unknown[]): Generator<unknown, unknown, unknown> {
    return yield* method(this, 'next', args);
  },
  *throw(this: unknown, ...args: unknown[]): Generator<unknown, unknown, unknown> {
    return yield* method(this, 'throw', args);
  },
  *return(this: unknown, ...args: unknown[]): Generator<unknown, unknown, unknown> {
    return yield* method(this, 'return', args);
  },
};

const nativeGenerator = Object.getPrototypeOf(
  // oxlint-disable-next-line no-empty-function -- for its prototype
  Object.getPrototypeOf((function* () {})()),
) as Record<'next' | 'throw' | 'return', AnyFunction>;
const natives = { ...pick(nativeGenerator) };

function pick(from: typeof nativeGenerator): typeof nativeGenerator {
  return { next: from.next, throw: from.throw, return: from.return };
}

function* method(
  self: unknown,
  name: 'next' | 'throw' | 'return',
  args: unknown[],
): Generator<unknown, unknown, unknown> {
  const raw = rawOf(self);
  if (raw === null) return Reflect.apply(natives[name], self, args) as unknown;
  return yield* stepRaw(raw, name, args[0]);
}

/** The functions that `generatorMethods` stand behind. */
export const nativeGeneratorMethods = natives;
