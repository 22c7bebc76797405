/**
 * Owns iteration by compiled code: `for…of`, spread and `yield*` over iterators that may block between two values.
 *
 * Arrays, strings, maps and sets with their own iterators go through natively, untouched. Leaving a loop early closes
 * the iterator from native code, so a `finally` that blocks then pins.
 */
import {
  asDelegate,
  isBox,
  putIntoBox,
  putResultIntoBox,
  rawOf,
  RawDriver,
  stepRaw,
  takeBox,
} from './generators.ts';
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
  if (Array.isArray(value)) {
    return value[Symbol.iterator] === arrayValues && arrayIteratorPrototype.next === arrayNext;
  }
  if (typeof value === 'string') return true;
  if (value instanceof Map) return value[Symbol.iterator] === mapEntries;
  return value instanceof Set && value[Symbol.iterator] === setValues;
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function* open(
  iterable: unknown,
  name: string,
): Generator<unknown, Record<PropertyKey, unknown>, unknown> {
  const method =
    iterable === null || iterable === undefined
      ? undefined
      : (iterable as Record<PropertyKey, unknown>)[Symbol.iterator];
  if (typeof method !== 'function') throw new TypeError(name);
  const iterator = yield* callTwin(method, iterable);
  if (!isObject(iterator)) {
    throw new TypeError('Result of the Symbol.iterator method is not an object');
  }
  return iterator;
}

/** A generator that yields waits, and READY each time `into` has got the next value. */
function* advance(
  iterable: unknown,
  name: string,
  into: Adapter,
): Generator<unknown, void, unknown> {
  const iterator = yield* open(iterable, name);
  into.iterator = iterator;
  const raw = rawOf(iterator);
  if (raw !== null) {
    into.raw = raw;
    let result = raw.next();
    while (result.done !== true) {
      if (isBox(result.value)) {
        into.value = takeBox();
        yield READY;
        result = raw.next();
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
    return;
  }
  const { next } = iterator;
  for (;;) {
    const result = yield* callTwin(next, iterator);
    if (!isObject(result))
      throw new TypeError(`Iterator result ${String(result)} is not an object`);
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

  constructor(iterable: unknown, name: string) {
    this.steps = advance(iterable, name, this);
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<unknown> {
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

  return(): unknown {
    if (this.#over || this.iterator === null) return {};
    this.#over = true;
    if (this.raw !== null) return new RawDriver(this.raw).return(undefined);
    const method = this.iterator['return'];
    if (method === undefined || method === null) return {};
    checkCallable(method);
    return Reflect.apply(method as AnyFunction, this.iterator, []) as unknown;
  }
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

/** `...x` where x is no plain array. */
export function* spread(value: unknown): Generator<unknown, unknown[], unknown> {
  const items: unknown[] = [];
  if (
    value === null ||
    value === undefined ||
    typeof (value as never)[Symbol.iterator] !== 'function'
  ) {
    // Node's own words for it.
    return [...(value as unknown[])];
  }
  const adapter = new Adapter(value, 'spread');
  for (;;) {
    const result = adapter.next();
    if (result.done === true) return items;
    if (result.value === PENDING && (yield* resume(adapter))) return items;
    items.push(adapter.value);
  }
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
      if (!isObject(result))
        throw new TypeError(`Iterator result ${String(result)} is not an object`);
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
