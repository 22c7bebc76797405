/**
 * Owns names that stand for the same: what is given to `b` is called by `b` as well, and what a function gives is told by
 * what stands for its result, `f()`.
 *
 * Everything that has two names is known by both, however far it goes; so a set of names grows by what each brings along.
 */
import { bareName } from '../compile/called.ts';
import type { FileFacts } from './facts.ts';

/** Behind a name: what calls of it give. */
const RESULT = '()';

/** Every method and every global that the language has. Somebody's function stored under a computed key may be called by any other name. */
export const BUILT_IN = new Set(Object.getOwnPropertyNames(globalThis));
for (const holder of [
  Object,
  Array,
  String,
  Number,
  Map,
  Set,
  WeakMap,
  WeakSet,
  RegExp,
  Date,
  Promise,
  Symbol,
  Error,
  ArrayBuffer,
  DataView,
  Uint8Array,
  Math,
  JSON,
  Reflect,
  console,
  BigInt,
  Buffer,
  process,
] as unknown as { prototype?: object }[]) {
  for (const object of [
    holder,
    holder.prototype,
    holder.prototype && Object.getPrototypeOf(holder.prototype),
  ]) {
    if (object) for (const name of Object.getOwnPropertyNames(object)) BUILT_IN.add(name);
  }
}

/** What of the language never gives a function; under these names somebody's own may. */
const GIVES_NO_FUNCTION: ReadonlySet<string> = new Set(
  (
    'Array Date Error Map Promise RangeError RegExp Set TypeError WeakMap WeakSet String Number Boolean Symbol ' +
    'charAt charCodeAt codePointAt concat endsWith every exec filter flat flatMap includes indexOf join keys lastIndexOf ' +
    'map match matchAll normalize padEnd padStart push repeat replace replaceAll search slice some sort splice split ' +
    'startsWith substr substring test toFixed toLowerCase toString toUpperCase trim trimEnd trimStart unshift'
  ).split(' '),
);

export type Aliases = ReadonlyMap<string, readonly string[]>;

/** By name: the other names for it. */
export function aliasesIn(files: readonly FileFacts[]): Aliases {
  const found = new Map<string, string[]>();
  for (const file of files) {
    for (const [alias, name] of file.aliases) {
      const known = found.get(name);
      if (known) known.push(alias);
      else found.set(name, [alias]);
    }
  }
  return found;
}

/** A set of names that holds the other names for each of them, too. */
export class Names {
  readonly all = new Set<string>();
  readonly #aliases: Aliases;

  constructor(aliases: Aliases) {
    this.#aliases = aliases;
  }

  add(names: Iterable<string>): void {
    const more = [...names];
    for (let name = more.pop(); name !== undefined; name = more.pop()) {
      if (this.all.has(name)) continue;
      this.all.add(name);
      more.push(...(this.#aliases.get(name) ?? []));
      if (!name.endsWith(RESULT)) continue;
      for (const alias of this.#aliases.get(name.slice(0, -RESULT.length)) ?? [])
        more.push(alias + RESULT);
    }
  }
}

/** Adds to what comes from elsewhere what is given by functions that do, or of which the files tell nothing. */
export function openResults(open: Names, files: readonly FileFacts[], aliases: Aliases): void {
  // What is another name for something known is known.
  const told = new Names(aliases);
  told.add(GIVES_NO_FUNCTION);
  for (const { functions } of files) for (const { names } of functions) told.add(names);
  const isTold = (called: string): boolean => {
    const bare = bareName(called);
    return GIVES_NO_FUNCTION.has(bare) || (!BUILT_IN.has(bare) && told.all.has(called));
  };
  let rest = [...aliases.keys()].filter((name) => name.endsWith(RESULT));
  for (let size = -1; size !== rest.length;) {
    size = rest.length;
    rest = rest.filter((name) => {
      const called = name.slice(0, -RESULT.length);
      const isOpen = open.all.has(called) || !isTold(called);
      if (isOpen) open.add([name]);
      return !isOpen;
    });
  }
}
