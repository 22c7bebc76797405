/**
 * Owns `new` over compiled constructors, so that they can be suspended halfway.
 *
 * A twin cannot be constructed, so the instance comes from the class's own face, natively, with its fields and private
 * members in place, and the body runs over it as a generator:
 *
 * - a base class is constructed with `skip`: fields, no body; then its twin runs with that `this`.
 * - a derived class's twin runs first, without `this`. At super(…) the parent is constructed, by twin where it has one,
 *   with the original new.target; then the class's own fields are put onto that object (`fields`): its face calls
 *   super with `adopt`, and the parent's face returns the object as it is. The order is the language's: the parent's
 *   body to its end, then the fields, then the rest of the constructor.
 *   A parent that is a function knows no messages: while super() takes, the class has one that does.
 * - a parent without a twin (native, uncompiled) is called by the real super, through the face (`native`).
 */
import type { Twin } from '../../core/twin.ts';
import { SKIP, Token } from './construct-token.ts';
import { drive } from './drive.ts';
import { languageError } from './language-errors.ts';
import { S } from './state.ts';
import {
  markNewTarget,
  plainly,
  stampedTwin,
  usableTwin,
  wantsNewTarget,
  type AnyFunction,
} from './twins.ts';

type Constructor = new (...args: unknown[]) => object;
type Make = (
  newTarget: Constructor,
  args: readonly unknown[],
) => Generator<unknown, object, unknown>;

const makers = new WeakMap<object, Make>();
/** Those among the makers' keys whose faces understand tokens, with the twins of their constructors. */
const classes = new WeakMap<object, Twin>();
const sites = new WeakMap<object, AnyFunction>();

/**
 * An error's stack begins below what V8 was told to construct; that is not on the stack where a twin constructs in its
 * name (see stack-trace.ts, which hands it over).
 */
let retakeStack: (error: object, newTarget: Constructor) => void = () => {};

export function retakeStacksBy(retake: typeof retakeStack): void {
  retakeStack = retake;
}

/** What runs in a fiber when `target` is called or constructed; null when that is `target` itself. */
export function runsInstead(target: unknown): Twin | null {
  return typeof target === 'function' ? (classes.get(target) ?? stampedTwin(target)) : null;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function begin(twin: Twin, self: unknown, args: readonly unknown[]): Generator {
  return Reflect.apply(twin as AnyFunction, self, args) as Generator;
}

/** Registers a base class. */
export function base(target: Constructor, twin: Twin, usesNewTarget: number): void {
  if (usesNewTarget === 1) markNewTarget(twin);
  classes.set(target, twin);
  makers.set(target, function* (newTarget, args) {
    const object = Reflect.construct(target, [SKIP], newTarget) as object;
    const body = begin(twin, object, args);
    if (usesNewTarget === 1) S.nt = newTarget;
    const result = yield* body;
    return isObject(result) ? result : object;
  });
}

/** Registers a derived class, whose twin returns the instance. */
export function derived(target: Constructor, twin: Twin): void {
  classes.set(target, twin);
  makers.set(target, function* (newTarget, args) {
    const body = begin(twin, undefined, args);
    S.nt = newTarget;
    return (yield* body) as object;
  });
}

function functionMaker(twin: Twin): Make {
  return function* (newTarget, args) {
    const prototype: unknown = newTarget.prototype;
    const object = Object.create(isObject(prototype) ? prototype : Object.prototype) as object;
    const body = begin(twin, object, args);
    if (wantsNewTarget(twin)) S.nt = newTarget;
    const result = yield* body;
    return isObject(result) ? result : object;
  };
}

function makerOf(target: unknown): Make | null {
  if (typeof target !== 'function') return null;
  const known = makers.get(target);
  if (known !== undefined) return known;
  const twin = stampedTwin(target);
  if (twin === null || !Object.hasOwn(target, 'prototype')) return null;
  const make = functionMaker(twin);
  makers.set(target, make);
  return make;
}

const NativePromise = Promise as unknown as Constructor;

/** `new Promise(executor)`: the executor is called as ever, at once, and may wait before the promise is there. */
makers.set(NativePromise, function* (newTarget, args) {
  const twin = usableTwin(args[0]);
  if (twin === null) return Reflect.construct(NativePromise, args, newTarget) as object;
  let settle: unknown[] = [];
  const promise = Reflect.construct(
    NativePromise,
    [(...functions: unknown[]) => void (settle = functions)],
    newTarget,
  ) as object;
  try {
    yield* begin(twin, undefined, settle);
  } catch (error) {
    (settle[1] as (reason: unknown) => void)(error);
  }
  return promise;
});

/** What a `new` site constructs instead: something that returns the generator. Null: the thing itself. */
export function newSite(target: unknown, name: string): AnyFunction | null {
  if (typeof target !== 'function') {
    return function refuse() {
      throw languageError(new TypeError(`${name} is not a constructor`), refuse);
    };
  }
  const known = sites.get(target);
  if (known !== undefined) return known;
  const make = makerOf(target);
  if (make === null) return null;
  const site = function (...args: unknown[]): unknown {
    return make(target as unknown as Constructor, args);
  };
  sites.set(target, site);
  return site;
}

/** Constructs from a hand-written twin, as `callTwin` calls. */
export function construct(
  target: unknown,
  args: readonly unknown[],
  newTarget: unknown = target,
): ReturnType<Twin> {
  const make = makerOf(target);
  return make === null
    ? plainly(Reflect.construct, Reflect, [target, args, newTarget])
    : make(newTarget as Constructor, args);
}

/** `super(…)` in a derived class's twin. */
export function* superConstruct(
  target: Constructor,
  newTarget: Constructor,
  current: object | undefined,
  args: readonly unknown[],
  hasFields: boolean,
): Generator<unknown, object, unknown> {
  const parent: unknown = Object.getPrototypeOf(target);
  const known = makerOf(parent);
  // Fields under a function need the class's prototype to change for a moment.
  const stuck = hasFields && !classes.has(parent as object) && !Object.isExtensible(target);
  const make = stuck ? null : known;
  let object: object;
  if (current !== undefined) {
    // The parent's constructor runs once more, and no field of the class.
    yield* construct(parent, args, newTarget);
    throw new ReferenceError('Super constructor may only be called once');
  }
  if (make === null) {
    object = Reflect.construct(target, [new Token('native', undefined, args)], newTarget) as object;
    if (object instanceof Error) retakeStack(object, newTarget);
  } else object = yield* make(newTarget, args);
  if (make !== null && hasFields) putFields(target, newTarget, object, parent as object);
  return object;
}

/** Puts a class's own fields onto an object that exists. */
function putFields(
  target: Constructor,
  newTarget: Constructor,
  object: object,
  parent: object,
): void {
  const token = new Token('fields', object);
  if (classes.has(parent)) {
    Reflect.construct(target, [token], newTarget);
    return;
  }
  // A function knows nothing of tokens: for as long as super() takes, the class has another parent.
  Reflect.setPrototypeOf(target, function () {
    S.a = false;
    Reflect.setPrototypeOf(target, parent);
    return object;
  });
  Reflect.construct(target, [token], newTarget);
}

/** Puts a field onto an instance, as the engine does. */
export function defineField(self: object, key: string, value: unknown): void {
  Object.defineProperty(self, key, { value, writable: true, enumerable: true, configurable: true });
}

/** What a base class's constructor returns to whom speaks the protocol. */
export function baseToken(token: Token): unknown {
  S.a = false;
  return token.kind === 'adopt' ? token.object : undefined;
}

/** The face of a base class's constructor. */
export function baseFace(self: object, twin: Twin, args: IArguments, newTarget: unknown): unknown {
  const first: unknown = args[0];
  if (first instanceof Token) return baseToken(first);
  const body = begin(twin, self, args as never);
  if (wantsNewTarget(twin)) S.nt = newTarget;
  return drive(body);
}

/** The face of a derived class's constructor, called by somebody who knows nothing of us. */
export function derivedFace(newTarget: unknown, twin: Twin, args: IArguments): unknown {
  const body = begin(twin, undefined, args as never);
  S.nt = newTarget;
  return drive(body);
}

/** What a derived class's face is asked for. 0: a real construction. 1: return the object. 2: call super. */
export function faceMode(first: unknown): 0 | 1 | 2 {
  if (!(first instanceof Token)) return 0;
  if (first.kind !== 'adopt') return 2;
  S.a = false;
  return 1;
}

export function superArguments(token: Token): readonly unknown[] {
  if (token.kind !== 'fields') return token.args;
  S.a = true;
  return [new Token('adopt', token.object)];
}

export function takeNewTarget(): unknown {
  const target = S.nt;
  S.nt = undefined;
  return target;
}

export function checkThis(self: unknown): unknown {
  if (self !== undefined) return self;
  throw languageError(
    new ReferenceError(
      "Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
    ),
    checkThis,
  );
}

/** `return value` in a derived constructor. */
export function returnFromDerived(value: unknown, self: unknown): unknown {
  if (isObject(value)) return value;
  if (value === undefined) return checkThis(self);
  throw languageError(
    new TypeError('Derived constructors may only return object or undefined'),
    returnFromDerived,
  );
}

export function superGet(home: object, self: unknown, key: PropertyKey): unknown {
  const parent = Object.getPrototypeOf(home) as object | null;
  if (parent === null) {
    throw languageError(
      new TypeError(`Cannot read properties of null (reading '${String(key)}')`),
      superGet,
    );
  }
  return Reflect.get(parent, key, self);
}

export function superSet(
  home: object,
  self: unknown,
  key: PropertyKey,
  value: unknown,
  strict: boolean,
): void {
  const parent = Object.getPrototypeOf(home) as object;
  if (!Reflect.set(parent, key, value, self) && strict) {
    throw languageError(
      new TypeError(`Cannot assign to read only property '${String(key)}' of object`),
      superSet,
    );
  }
}
