/** Twin of JSON.parse with a reviver that may block. */
import type { Twin } from '../../core/twin.ts';
import { callTwin, usableTwin, type AnyFunction } from './twins.ts';

const nativeParse = JSON.parse as AnyFunction;

type Holder = Record<string, unknown>;

/** As specified: depth first, arrays by index, other objects by their keys, `undefined` deletes. */
function* revive(
  holder: Holder,
  key: string,
  reviver: AnyFunction,
): Generator<unknown, unknown, unknown> {
  const value = holder[key];
  if (typeof value === 'object' && value !== null) {
    const keys = Array.isArray(value)
      ? Array.from({ length: value.length }, (_, index) => String(index))
      : Object.keys(value);
    for (const inner of keys) {
      const made = yield* revive(value as Holder, inner, reviver);
      if (made === undefined) Reflect.deleteProperty(value, inner);
      else {
        Reflect.defineProperty(value, inner, {
          value: made,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
    }
  }
  return yield* callTwin(reviver, holder, key, value);
}

/** A reviver that wants the source text of primitives (its third parameter) is the built-in's own business. */
export function jsonTwins(): [target: unknown, twin: Twin][] {
  return [
    [
      nativeParse,
      function* (this: unknown, ...given: unknown[]) {
        const [text, reviver] = given;
        if (usableTwin(reviver) === null || (reviver as AnyFunction).length > 2) {
          return Reflect.apply(nativeParse, this, given) as unknown;
        }
        const holder: Holder = { '': Reflect.apply(nativeParse, this, [text]) as unknown };
        return yield* revive(holder, '', reviver as AnyFunction);
      },
    ],
  ];
}
