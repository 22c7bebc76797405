/** Twins of the callback methods of arrays and typed arrays, and of Array.from. */
import { types } from 'node:util';
import type { Twin } from '../../core/twin.ts';
import { spread } from './iterate.ts';
import { sortBy } from './sort.ts';
import { callTwin, usableTwin, type AnyFunction } from './twins.ts';

type Pairs = [target: unknown, twin: Twin][];
type Indexed = Record<number, unknown> & { length: number };
type Body = (
  list: Indexed,
  length: number,
  callback: AnyFunction,
  self: unknown,
  given: unknown[],
) => Generator<unknown, unknown, unknown>;

function lengthOf(list: Indexed): number {
  const length = Math.trunc(Number(list.length));
  return length > 0 ? Math.min(length, Number.MAX_SAFE_INTEGER) : 0;
}

/** A twin that leaves everything but a callback with a twin to the built-in. */
function withCallback(native: AnyFunction, body: Body): [unknown, Twin] {
  return [
    native,
    function* (this: unknown, ...given: unknown[]) {
      const callback = given[0];
      if (this === null || this === undefined || usableTwin(callback) === null) {
        return Reflect.apply(native, this, given) as unknown;
      }
      const list = Object(this) as Indexed;
      return yield* body(list, lengthOf(list), callback as AnyFunction, given[1], given);
    },
  ];
}

/** Calls the callback for each index that is there, in order; `each` says when to stop. */
function visiting(
  native: AnyFunction,
  holes: boolean,
  backwards: boolean,
  each: (answer: unknown, value: unknown, index: number) => { result: unknown } | undefined,
  otherwise: unknown,
): [unknown, Twin] {
  return withCallback(native, function* (list, length, callback, self) {
    for (let step = 0; step < length; step++) {
      const index = backwards ? length - 1 - step : step;
      if (!holes && !(index in list)) continue;
      const value = list[index];
      const stop = each(yield* callTwin(callback, self, value, index, list), value, index);
      if (stop !== undefined) return stop.result;
    }
    return otherwise;
  });
}

type Methods = Record<string, AnyFunction>;

const prototype = Array.prototype as unknown as Methods;
const typedPrototype = Object.getPrototypeOf(Uint8Array.prototype) as Methods;

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** What the list's species makes: asked of the built-in itself, with nothing to copy. */
function speciesOf(list: Indexed, length: number): Indexed {
  if (!Array.isArray(list)) return [];
  const constructor = (list as { constructor?: unknown }).constructor;
  if (constructor === Array || constructor === undefined) return Array(length);
  const species = isObject(constructor)
    ? (constructor as { [Symbol.species]?: unknown })[Symbol.species]
    : constructor;
  if (species === undefined || (species === null && constructor !== null)) return Array(length);
  if (typeof species !== 'function')
    throw new TypeError('object.constructor[Symbol.species] is not a constructor');
  return Reflect.construct(species as AnyFunction, [length]) as Indexed;
}

function put(target: Indexed, index: number, value: unknown): void {
  Object.defineProperty(target, index, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function mapAndFilter(): Pairs {
  return [
    withCallback(prototype['map']!, function* (list, length, callback, self) {
      const result = speciesOf(list, length);
      for (let index = 0; index < length; index++) {
        if (index in list)
          put(result, index, yield* callTwin(callback, self, list[index], index, list));
      }
      return result;
    }),
    withCallback(prototype['filter']!, function* (list, length, callback, self) {
      const result = speciesOf(list, 0);
      let to = 0;
      for (let index = 0; index < length; index++) {
        if (!(index in list)) continue;
        const value = list[index];
        if (yield* callTwin(callback, self, value, index, list)) put(result, to++, value);
      }
      return result;
    }),
    withCallback(prototype['flatMap']!, function* (list, length, callback, self) {
      const result = speciesOf(list, 0);
      let to = 0;
      for (let index = 0; index < length; index++) {
        if (!(index in list)) continue;
        const made = yield* callTwin(callback, self, list[index], index, list);
        if (!Array.isArray(made)) put(result, to++, made);
        else for (let at = 0; at < made.length; at++) if (at in made) put(result, to++, made[at]);
      }
      return result;
    }),
  ];
}

function reducing(native: AnyFunction, backwards: boolean): [unknown, Twin] {
  return withCallback(native, function* (list, length, callback, _self, given) {
    let step = 0;
    const indexOf = (count: number): number => (backwards ? length - 1 - count : count);
    let total = given[1];
    if (given.length < 2) {
      while (step < length && !(indexOf(step) in list)) step++;
      if (step === length) return Reflect.apply(native, list, given) as unknown;
      total = list[indexOf(step++)];
    }
    for (; step < length; step++) {
      const index = indexOf(step);
      if (index in list)
        total = yield* callTwin(callback, undefined, total, list[index], index, list);
    }
    return total;
  });
}

function sorting(): Pairs {
  const pairs: Pairs = [
    withCallback(prototype['sort']!, function* (list, length, compare) {
      const present: unknown[] = [];
      let missing = 0;
      for (let index = 0; index < length; index++) {
        if (!(index in list)) continue;
        if (list[index] === undefined) missing++;
        else present.push(list[index]);
      }
      const sorted = yield* sortBy(present, compare, 'sort');
      for (let count = 0; count < missing; count++) sorted.push(undefined);
      for (let index = 0; index < sorted.length; index++) list[index] = sorted[index];
      for (let index = sorted.length; index < length; index++) delete list[index];
      return list;
    }),
  ];
  if (prototype['toSorted']) {
    pairs.push(
      withCallback(prototype['toSorted'], function* (list, length, compare) {
        const all = Array.from({ length }, (_, index) => list[index]);
        const known = all.filter((value) => value !== undefined);
        const sorted = yield* sortBy(known, compare, 'toSorted');
        while (sorted.length < length) sorted.push(undefined);
        return sorted;
      }),
    );
  }
  return pairs;
}

const nativeFrom = Array.from;

function* from(this: unknown, ...given: unknown[]): Generator<unknown, unknown, unknown> {
  const [items, mapper, self] = given;
  const plainMapper = mapper === undefined || usableTwin(mapper) === null;
  const iterates =
    typeof items === 'object' &&
    items !== null &&
    typeof (items as never)[Symbol.iterator] === 'function';
  if ((plainMapper && (!iterates || Array.isArray(items))) || this !== Array) {
    return Reflect.apply(nativeFrom, this, given) as unknown;
  }
  const list = iterates
    ? yield* spread(items)
    : (Reflect.apply(nativeFrom, Array, [items]) as unknown[]);
  if (mapper === undefined) return list;
  if (typeof mapper !== 'function') return Reflect.apply(nativeFrom, this, given) as unknown;
  const mapped: unknown[] = [];
  for (let index = 0; index < list.length; index++) {
    mapped.push(yield* callTwin(mapper, self, list[index], index));
  }
  return mapped;
}

/** Of a typed array: no holes, and a length that nobody changes by writing. What it makes, the built-in makes. */
function ofTyped(
  native: AnyFunction,
  finish: (self: Indexed, values: unknown[]) => unknown,
): Pairs[0] {
  const [, twin] = withCallback(native, function* (list, length, callback, self) {
    const values: unknown[] = [];
    for (let index = 0; index < length; index++) {
      const value = list[index];
      values.push(value, yield* callTwin(callback, self, value, index, list));
    }
    return finish(list, values);
  });
  return [native, twin];
}

function typedTwins(): Pairs {
  const map = typedPrototype['map']!;
  const filter = typedPrototype['filter']!;
  const made: Pairs = [
    ofTyped(map, (list, values) =>
      Reflect.apply(map, list, [(_: unknown, index: number) => values[index * 2 + 1]]),
    ),
    ofTyped(filter, (list, values) => {
      const kept = Reflect.apply(filter, list, [
        (_: unknown, index: number) => values[index * 2 + 1],
      ]) as Indexed;
      let to = 0;
      for (let at = 0; at < values.length; at += 2) if (values[at + 1]) kept[to++] = values[at];
      return kept;
    }),
    ...searching(typedPrototype, true),
  ];
  // What is no typed array is refused by the built-in, in its own words.
  return made.map(([native, twin]) => [
    native,
    function* (this: unknown, ...given: unknown[]) {
      if (!types.isTypedArray(this)) return Reflect.apply(native as AnyFunction, this, given);
      return yield* Reflect.apply(twin as AnyFunction, this, given) as Generator;
    } as Twin,
  ]);
}

/** The methods that make nothing. `holes`: is what is not there visited too? */
function searching(methods: Methods, holes: boolean): Pairs {
  const found = (_answer: unknown, value: unknown): { result: unknown } | undefined =>
    _answer ? { result: value } : undefined;
  const foundAt = (
    answer: unknown,
    _value: unknown,
    index: number,
  ): { result: unknown } | undefined => (answer ? { result: index } : undefined);
  const some = (answer: unknown): { result: unknown } | undefined =>
    answer ? { result: true } : undefined;
  const every = (answer: unknown): { result: unknown } | undefined =>
    answer ? undefined : { result: false };
  return [
    visiting(methods['forEach']!, holes, false, () => undefined, undefined),
    visiting(methods['some']!, holes, false, some, false),
    visiting(methods['every']!, holes, false, every, true),
    visiting(methods['find']!, true, false, found, undefined),
    visiting(methods['findIndex']!, true, false, foundAt, -1),
    visiting(methods['findLast']!, true, true, found, undefined),
    visiting(methods['findLastIndex']!, true, true, foundAt, -1),
    reducing(methods['reduce']!, false),
    reducing(methods['reduceRight']!, true),
  ];
}

export function arrayTwins(): Pairs {
  return [
    ...searching(prototype, false),
    ...typedTwins(),
    ...mapAndFilter(),
    ...sorting(),
    [nativeFrom, from as Twin],
  ];
}
