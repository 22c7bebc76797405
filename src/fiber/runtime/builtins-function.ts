/** Twins of Function.prototype's call, apply and bind, and of Reflect's apply and construct. */
import type { Twin } from '../../core/twin.ts';
import { construct } from './construct.ts';
import { attach, callTwin, plainly, usableTwin, type AnyFunction } from './twins.ts';

type Pairs = [target: unknown, twin: Twin][];

const nativeCall = Function.prototype.call;
const nativeApply = Function.prototype.apply;
const nativeBind = Function.prototype.bind;
const { apply: reflectApply, construct: reflectConstruct } = Reflect;

/** As Function.prototype.apply reads its second argument. */
function listOf(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError('CreateListFromArrayLike called on non-object');
  }
  const { length } = value as { length: unknown };
  const items: unknown[] = [];
  for (let index = 0; index < Math.trunc(Number(length)); index++) {
    items.push((value as Record<number, unknown>)[index]);
  }
  return items;
}

function bound(target: AnyFunction, args: unknown[]): unknown {
  const made = reflectApply(nativeBind, target, args) as AnyFunction;
  if (usableTwin(target) === null) return made;
  const [self, ...first] = args;
  return attach(made, (...rest: unknown[]) => callTwin(target, self, ...first, ...rest));
}

/** `f.bind` in a plain body: what calls it next. */
export function bindPlainly(target: { bind: unknown }, name: string): AnyFunction {
  const method = target.bind;
  if (method === nativeBind) return (...args) => bound(target as unknown as AnyFunction, args);
  return (...args) => {
    if (typeof method !== 'function') throw new TypeError(`${name} is not a function`);
    return reflectApply(method, target, args) as unknown;
  };
}

export function functionTwins(): Pairs {
  return [
    [
      nativeCall,
      function (this: AnyFunction, self?: unknown, ...args: unknown[]) {
        if (usableTwin(this) === null) return plainly(nativeCall, this, [self, ...args]);
        return callTwin(this, self, ...args);
      },
    ],
    [
      nativeApply,
      function (this: AnyFunction, self?: unknown, args?: unknown) {
        if (usableTwin(this) === null) return plainly(nativeApply, this, [self, args]);
        return callTwin(this, self, ...listOf(args));
      },
    ],
    [
      nativeBind,
      function (this: AnyFunction, ...args: unknown[]) {
        return plainly(bound, undefined, [this, args]);
      },
    ],
    [
      reflectApply,
      function (target: unknown, self: unknown, args: unknown) {
        if (usableTwin(target) === null || typeof args !== 'object') {
          return plainly(reflectApply, Reflect, [target, self, args]);
        }
        return callTwin(target, self, ...listOf(args));
      },
    ],
    [
      reflectConstruct,
      function (...all: unknown[]) {
        const [target, args, newTarget = target] = all;
        if (typeof target !== 'function' || typeof newTarget !== 'function' || all.length < 2) {
          return plainly(reflectConstruct, Reflect, [target, args]);
        }
        return construct(target, listOf(args), newTarget);
      },
    ],
  ];
}
