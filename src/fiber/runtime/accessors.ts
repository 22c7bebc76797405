/**
 * Owns the faces of compiled accessors (see compile/write-members.ts for the site's half of the protocol).
 *
 * An accessor whose receiver and name are what a site announced was called by that very read, so it leaves its
 * generator for the site. Through a proxy the announced receiver is right but a trap stands in between: pinned.
 */
import { types } from 'node:util';
import type { Twin } from '../../core/twin.ts';
import { drive } from './drive.ts';
import { S } from './state.ts';
import type { AnyFunction } from './twins.ts';

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
