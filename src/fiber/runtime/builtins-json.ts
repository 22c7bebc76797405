/** Twins of JSON.parse with a reviver that may block, and of JSON.stringify with a replacer function that may. */
import { types } from 'node:util';
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

const nativeStringify = JSON.stringify as AnyFunction;
const isRaw = (JSON as { isRawJSON?: (value: unknown) => boolean }).isRawJSON ?? (() => false);

/** One value, not counting what is in it: as the built-in writes it. */
const written = (value: unknown): string | undefined =>
  Reflect.apply(nativeStringify, JSON, [value]) as string | undefined;

class Writer {
  readonly #replacer: AnyFunction;
  readonly #gap: string;
  /** What is being written, from the outside in, and under which key. */
  readonly #open: { value: object; key: string }[] = [];

  constructor(replacer: AnyFunction, gap: string) {
    this.#replacer = replacer;
    this.#gap = gap;
  }

  /** As specified: toJSON first, then the replacer; wrapped primitives are unwrapped. */
  *property(holder: Holder, key: string): Generator<unknown, string | undefined, unknown> {
    let value = holder[key];
    if (isObject(value) || typeof value === 'bigint') {
      const { toJSON } = value as { toJSON?: unknown };
      if (typeof toJSON === 'function') value = yield* callTwin(toJSON, value, key);
    }
    value = unwrapped(yield* callTwin(this.#replacer, holder, key, value));
    if (typeof value === 'bigint') throw new TypeError('Do not know how to serialize a BigInt');
    if (typeof value === 'function') return undefined;
    if (!isObject(value) || isRaw(value)) return written(value);
    if (this.#open.some(({ value: outer }) => outer === value)) this.#refuseCircle(value, key);
    this.#open.push({ value, key });
    const text = Array.isArray(value)
      ? yield* this.#list(value)
      : yield* this.#object(value as Holder);
    this.#open.pop();
    return text;
  }

  *#list(list: unknown[]): Generator<unknown, string, unknown> {
    const parts: string[] = [];
    const { length } = list;
    for (let index = 0; index < length; index++) {
      parts.push((yield* this.property(list as never, String(index))) ?? 'null');
    }
    return this.#within('[', parts, ']');
  }

  *#object(object: Holder): Generator<unknown, string, unknown> {
    const parts: string[] = [];
    const colon = this.#gap === '' ? ':' : ': ';
    for (const key of Object.keys(object)) {
      const text = yield* this.property(object, key);
      if (text !== undefined) parts.push(written(key)! + colon + text);
    }
    return this.#within('{', parts, '}');
  }

  #within(open: string, parts: string[], close: string): string {
    if (parts.length === 0 || this.#gap === '') return open + parts.join(',') + close;
    const outside = `\n${this.#gap.repeat(this.#open.length - 1)}`;
    const inside = outside + this.#gap;
    return open + inside + parts.join(`,${inside}`) + outside + close;
  }

  /** The built-in tells of the same circle, through things that look the same. */
  #refuseCircle(value: object, key: string): never {
    const from = this.#open.findIndex((outer) => outer.value === value);
    const circle = this.#open.slice(from).map(({ value: each, key: under }) => ({
      under,
      stands: (Array.isArray(each)
        ? []
        : Object.create(Object.getPrototypeOf(each) as object)) as object,
    }));
    for (const [index, { stands }] of circle.entries()) {
      const next = circle[index + 1] ?? { under: key, stands: circle[0]!.stands };
      Object.defineProperty(stands, next.under, { value: next.stands, enumerable: true });
      Object.defineProperty(stands, 'toJSON', { value: undefined });
    }
    written(circle[0]!.stands);
    throw new TypeError('Converting circular structure to JSON');
  }
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** A wrapped primitive by itself. */
function unwrapped(value: unknown): unknown {
  if (types.isNumberObject(value)) return Number(value);
  if (types.isStringObject(value)) return String(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  return types.isBigIntObject(value) ? BigInt.prototype.valueOf.call(value) : value;
}

/** The third parameter as what each level is moved in by; the built-in is asked. */
function gapOf(space: unknown): string {
  const text = Reflect.apply(nativeStringify, JSON, [[0], null, space]) as string;
  return text === '[0]' ? '' : text.slice(2, -3);
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
    [
      nativeStringify,
      function* (this: unknown, ...given: unknown[]) {
        const [value, replacer, space] = given;
        if (usableTwin(replacer) === null) return Reflect.apply(nativeStringify, this, given);
        const writer = new Writer(replacer as AnyFunction, gapOf(space));
        return yield* writer.property({ '': value }, '');
      },
    ],
  ];
}
