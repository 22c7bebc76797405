/**
 * Owns the fixpoint: from the blocking calls that are known, which names may block in a set of files.
 *
 * A function blocks if it calls a name that may block. A name may block if a function of that name blocks, or if it is
 * another name (of an import, an export, a property) for one that may. As soon as
 * one blocking function is also used as a value, every call of a name that holds values from elsewhere (parameters,
 * results, built-ins that call back) may block too.
 */
import type { World } from '../compile/world.ts';
import { NOWHERE, type FileFacts, type FunctionFacts } from './facts.ts';

/** A World as data, so that it can go to the thread that runs Node's loader hooks. */
export interface WorldData {
  blocking: string[];
  open: string[];
  accessors: string[] | 'any';
  escapes: boolean;
  iterate: boolean;
  computedStores: boolean;
}

/** Built-ins that call what they are given. */
const CALLS_BACK = new Set(
  (
    'map forEach filter reduce reduceRight some every find findIndex findLast findLastIndex flatMap sort toSorted ' +
    'from replace replaceAll call apply bind construct parse stringify groupBy run Promise'
  ).split(' '),
);
const ITERATES = new Set(['next', 'return', 'throw']);

/** Every method that the language has. Somebody's function stored under a computed key may be called by any other name. */
const BUILT_IN = new Set<string>();
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

/** Answers from the data. */
export function worldFrom(data: WorldData): World {
  const blocking = new Set(data.blocking);
  const open = new Set(data.open);
  const accessors = data.accessors === 'any' ? null : new Set(data.accessors);
  const may = (name: string): boolean => {
    if (blocking.has(name)) return true;
    if (data.iterate && ITERATES.has(name)) return true;
    if (!data.escapes) return false;
    return open.has(name) || CALLS_BACK.has(name) || (data.computedStores && !BUILT_IN.has(name));
  };
  /** The same few names are asked for over and over. */
  const answers = new Map<string, boolean>();
  return {
    iterate: data.iterate,
    call(name) {
      // What has a name here may be a member there: `object[key]()`.
      if (name === null) return data.escapes || blocking.size > 0;
      let answer = answers.get(name);
      if (answer === undefined) answers.set(name, (answer = may(name)));
      return answer;
    },
    access(name) {
      if (accessors === null) return true;
      return name === null ? accessors.size > 0 : accessors.has(name);
    },
  };
}

interface State {
  data: WorldData;
  values: Set<string>;
}

function blocksNow(facts: FunctionFacts, world: World): boolean {
  return (
    facts.calls.some((name) => world.call(name)) ||
    facts.reads.some((name) => world.access(name)) ||
    (facts.iterates && world.iterate)
  );
}

/** May anything in a file block? If not, and if it binds nothing, it is left as it is. */
export function mayBlock(file: Pick<FileFacts, 'functions'>, world: World): boolean {
  return file.functions.some((facts) => facts.start !== NOWHERE && blocksNow(facts, world));
}

function record(facts: FunctionFacts, state: State): void {
  const { data } = state;
  if (facts.kind === 'async') return;
  if (facts.kind === 'program') {
    data.blocking.push('require');
    return;
  }
  if (facts.kind === 'generator') {
    data.iterate = true;
    return;
  }
  if (facts.kind === 'accessor') {
    // What it passes on is an accessor of the same name.
    if (facts.forwards) return;
    if (facts.names.length === 0) data.accessors = 'any';
    else if (data.accessors !== 'any')
      data.accessors = [...new Set([...data.accessors, ...facts.names])];
    return;
  }
  if (facts.kind === 'constructor') data.blocking.push('super');
  data.blocking.push(...facts.names);
  if (facts.value || facts.names.some((name) => state.values.has(name))) data.escapes = true;
}

/** What is called `get` or `set` and may stand in a descriptor: an accessor under a name that only run time knows. */
function describedIn({ functions }: FileFacts): FunctionFacts[] {
  return functions
    .filter(
      ({ kind, element, names }) =>
        kind === 'function' && !element && (names.includes('get') || names.includes('set')),
    )
    .map((facts) => ({ ...facts, kind: 'accessor', names: [] }));
}

/** All that may turn out to block. */
function candidatesIn(files: readonly FileFacts[]): FunctionFacts[] {
  const isKeyed = files.some((file) => file.definesKeyed);
  return files.flatMap((file) => {
    const counts = ({ only }: FunctionFacts): boolean =>
      only === undefined || (only === 'keyed' ? isKeyed : file.definesAccessors);
    const known = file.functions.filter(counts);
    return file.definesAccessors ? [...known, ...describedIn(file)] : known;
  });
}

/** Another name for something that blocks blocks, too. */
function nameAliases(data: WorldData, aliases: FileFacts['aliases']): void {
  const blocking = new Set(data.blocking);
  for (let size = -1; size !== blocking.size;) {
    size = blocking.size;
    for (const [alias, name] of aliases) if (blocking.has(name)) blocking.add(alias);
  }
  data.blocking = [...blocking];
}

/**
 * Finds what may block.
 *
 * @param files the facts of all files that are loaded together.
 * @param seeds names that block by definition.
 * @param everything count every function as blocking, and every accessor that may then block: what compiling costs at
 *   most, for measurements and tests.
 */
export function closeWorld(
  files: FileFacts[],
  seeds: Iterable<string>,
  everything = false,
): WorldData {
  const data: WorldData = {
    blocking: [...seeds],
    open: [],
    accessors: [],
    escapes: false,
    iterate: [...seeds].includes('next'),
    computedStores: files.some((file) => file.computedStores),
  };
  const state: State = { data, values: new Set(files.flatMap((file) => [...file.values])) };
  data.open = [...new Set(files.flatMap((file) => [...file.open]))];
  // A seed that is passed on, `run(sleep)`, is a blocking value too.
  data.escapes = data.blocking.some((name) => state.values.has(name));
  const aliases = files.flatMap((file) => file.aliases);
  let rest = candidatesIn(files);
  for (;;) {
    nameAliases(data, aliases);
    const world = worldFrom(data);
    const still: FunctionFacts[] = [];
    for (const facts of rest) {
      const counted = everything && facts.kind !== 'accessor';
      if (counted || blocksNow(facts, world)) record(facts, state);
      else still.push(facts);
    }
    if (still.length === rest.length) return data;
    rest = still;
  }
}
