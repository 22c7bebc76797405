/**
 * Owns the faces of compiled accessors (see compile/write-members.ts for the site's half of the protocol).
 *
 * An accessor whose receiver and name are what a site announced was called by that very read, so it leaves its
 * generator for the site. Through a proxy the announced receiver is right but a trap stands in between: pinned.
 *
 * A function that was made an accessor by a call (`Object.defineProperty`) does not know its name, and may be called as an
 * ordinary function at any time, in the middle of an announced read too, when that has come to code that is not compiled.
 * So it looks up what the announced property is. If that is a function whose face asks like this one, it is this one: any
 * other would have been called first, and would have taken the mark away.
 */
import { types } from 'node:util';
import type { Twin } from '../../core/twin.ts';
import { drive } from './drive.ts';
import { S } from './state.ts';
import { asksForItself, stampedTwin, type AnyFunction } from './twins.ts';

function run(self: unknown, twin: Twin, args: readonly unknown[], name: unknown): unknown {
  const announced =
    S.g !== null && S.g === self && (name === null || S.k === name) && !types.isProxy(self);
  S.g = null;
  const body = Reflect.apply(twin as AnyFunction, self, args) as Generator;
  if (!announced) return drive(body);
  S.g = S;
  S.p = body;
  return undefined;
}

export function getterFace(self: unknown, twin: Twin, name: unknown): unknown {
  return run(self, twin, [], name);
}

export function setterFace(self: unknown, twin: Twin, args: IArguments, name: unknown): void {
  run(self, twin, args as never, name);
}

/** Leaves the generator, if the face that asks runs as the accessor that is announced. The mark is gone if not. */
export function definedFace(kind: 'get' | 'set', self: unknown, args: ArrayLike<unknown>): boolean {
  const { g, k } = S;
  S.g = null;
  const found = descriptorOf(g, k as PropertyKey);
  const twin = stampedTwin(found?.[kind]);
  if (twin === null || !asksForItself(twin)) return false;
  // Its other half may be what runs, and have called this one.
  const other = found![kind === 'get' ? 'set' : 'get'];
  const otherTwin = stampedTwin(other);
  if (other !== undefined && (otherTwin === null || !asksForItself(otherTwin))) return false;
  S.p = Reflect.apply(twin as AnyFunction, self, args) as Generator;
  S.g = S;
  return true;
}

/** The property, wherever up from the object it is; nothing where somebody else's code would have to be asked. */
function descriptorOf(receiver: unknown, key: PropertyKey): PropertyDescriptor | undefined {
  for (
    let at = Object(receiver) as object | null;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    if (types.isProxy(at)) return undefined;
    const found = Object.getOwnPropertyDescriptor(at, key);
    if (found) return found;
  }
  return undefined;
}

/** The generator that the accessor left. */
export function takeAccessor(): Generator {
  const body = S.p!;
  S.p = null;
  S.g = null;
  return body;
}

/** A computed key as a property key. Of null and undefined nothing is read, so the key is not converted. */
export function propertyKey(receiver: unknown, key: unknown): unknown {
  if (typeof key !== 'object' && typeof key !== 'function') {
    S.k = typeof key === 'symbol' ? key : String(key);
    return key;
  }
  if (receiver === null || receiver === undefined) return key;
  S.g = null;
  const converted: PropertyKey = typeof key === 'object' && key === null ? 'null' : toKey(key);
  S.k = converted;
  return converted;
}

function toKey(key: object): PropertyKey {
  // The language's own conversion, hooks and all: the only own key of such an object.
  return Reflect.ownKeys({ [key as unknown as string]: 0 })[0]!;
}
