/** Twins of forEach on maps and sets, of groupBy, and of String.prototype.replace with a function. */
import { types } from 'node:util';
import type { Twin } from '../../core/twin.ts';
import { callTwin, usableTwin, type AnyFunction } from './twins.ts';

type Pairs = [target: unknown, twin: Twin][];

const mapForEach = Map.prototype.forEach as AnyFunction;
const setForEach = Set.prototype.forEach as AnyFunction;
const mapEntries = Map.prototype.entries as AnyFunction;
const setValues = Set.prototype.values as AnyFunction;
const nativeReplace = String.prototype.replace as AnyFunction;
const nativeReplaceAll = String.prototype.replaceAll as AnyFunction;

function* mapTwin(this: unknown, ...given: unknown[]): Generator<unknown, unknown, unknown> {
  const [callback, self] = given;
  if (usableTwin(callback) === null || !types.isMap(this))
    return Reflect.apply(mapForEach, this, given) as unknown;
  // The live iterator sees what is added and deleted meanwhile, as forEach does.
  for (const [key, value] of Reflect.apply(mapEntries, this, []) as Iterable<[unknown, unknown]>) {
    yield* callTwin(callback, self, value, key, this);
  }
  return undefined;
}

function* setTwinOf(this: unknown, ...given: unknown[]): Generator<unknown, unknown, unknown> {
  const [callback, self] = given;
  if (usableTwin(callback) === null || !types.isSet(this))
    return Reflect.apply(setForEach, this, given) as unknown;
  for (const value of Reflect.apply(setValues, this, []) as Iterable<unknown>) {
    yield* callTwin(callback, self, value, value, this);
  }
  return undefined;
}

/** The function is asked for each item's group, then the built-in puts them together. */
function grouping(native: AnyFunction): Twin {
  return function* (this: unknown, ...given: unknown[]) {
    const [items, callback] = given;
    if (items === null || items === undefined || usableTwin(callback) === null) {
      return Reflect.apply(native, this, given) as unknown;
    }
    const list: unknown[] = [];
    const groups: unknown[] = [];
    for (const item of items as Iterable<unknown>) {
      groups.push(yield* callTwin(callback, undefined, item, list.length));
      list.push(item);
    }
    return Reflect.apply(native, this, [list, (_: unknown, index: number) => groups[index]]);
  };
}

const nativeHook = RegExp.prototype[Symbol.replace];

/** Does replacing by this pattern do what somebody wrote? Then its calls are no matches. */
function hasHook(pattern: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return false;
  const hook = (pattern as { [Symbol.replace]?: unknown })[Symbol.replace];
  return hook !== undefined && hook !== null && hook !== nativeHook;
}

/** All matches are found first, then the function is asked for each, then the text is put together: as specified. */
function replacing(native: AnyFunction): Twin {
  return function* (this: unknown, ...given: unknown[]) {
    const [pattern, replacer] = given;
    if (usableTwin(replacer) === null || this === null || this === undefined || hasHook(pattern)) {
      return Reflect.apply(native, this, given) as unknown;
    }
    const calls: unknown[][] = [];
    const text = Reflect.apply(native, this, [
      pattern,
      (...args: unknown[]) => {
        calls.push(args);
        return '';
      },
    ]) as string;
    if (calls.length === 0) return text;
    const answers: string[] = [];
    for (const args of calls) {
      // Not String(), which takes symbols.
      answers.push(''.concat((yield* callTwin(replacer, undefined, ...args)) as string));
    }
    return assemble(calls, answers);
  };
}

function assemble(calls: unknown[][], answers: string[]): string {
  let result = '';
  let from = 0;
  let whole = '';
  calls.forEach((args, index) => {
    const groups = typeof args[args.length - 1] === 'object' ? 1 : 0;
    const at = args[args.length - 2 - groups] as number;
    whole = args[args.length - 1 - groups] as string;
    result += whole.slice(from, at) + answers[index]!;
    from = at + (args[0] as string).length;
  });
  return result + whole.slice(from);
}

export function collectionTwins(): Pairs {
  return [
    [mapForEach, mapTwin as Twin],
    [setForEach, setTwinOf as Twin],
    [nativeReplace, replacing(nativeReplace)],
    [nativeReplaceAll, replacing(nativeReplaceAll)],
    ...[Object, Map].flatMap((holder): Pairs => {
      // Not there on Node 20.
      const { groupBy } = holder as { groupBy?: AnyFunction };
      return groupBy ? [[groupBy, grouping(groupBy)]] : [];
    }),
  ];
}
