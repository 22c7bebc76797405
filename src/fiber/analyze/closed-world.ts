/**
 * Owns the fixpoint: from the blocking calls that are known, which names may block in a set of files.
 *
 * A function blocks if it calls a name that may block. A name may block if a function of that name blocks, or if it is
 * another name (of an import, an export, a property) for one that may. As soon as
 * one blocking function is also used as a value, every call of a name that holds values from elsewhere (parameters,
 * results, built-ins that call back) may block too.
 */
import { bareName, CALLS_BACK } from '../compile/called.ts';
import type { World } from '../compile/world.ts';
import { NOWHERE, type FileFacts, type FunctionFacts } from './facts.ts';
import { aliasesIn, BUILT_IN, Names, openResults } from './names.ts';

/** A World as data, so that it can go to the thread that runs Node's loader hooks. */
export interface WorldData {
  blocking: string[];
  open: string[];
  accessors: string[] | 'any';
  escapes: boolean;
  iterate: boolean;
  computedStores: boolean;
}

const ITERATES = new Set(['next', 'return', 'throw']);

/** Is it a property that somebody may have put there under a computed key? */
const isOwn = (name: string): boolean => name.startsWith('.') && !BUILT_IN.has(name.slice(1));

/** What is known so far. */
interface Known {
  blocking: ReadonlySet<string>;
  open: ReadonlySet<string>;
  accessors: ReadonlySet<string> | 'any';
  escapes: boolean;
  iterate: boolean;
  computedStores: boolean;
}

/** Answers from the data. */
export function worldFrom(data: WorldData): World {
  const { accessors } = data;
  return worldOf({
    ...data,
    blocking: new Set(data.blocking),
    open: new Set(data.open),
    accessors: accessors === 'any' ? accessors : new Set(accessors),
  });
}

function worldOf(known: Known): World {
  const { blocking, open, accessors, escapes, iterate, computedStores } = known;
  const may = (name: string): boolean => {
    if (blocking.has(name)) return true;
    const bare = bareName(name);
    if (iterate && ITERATES.has(bare)) return true;
    if (!escapes) return false;
    return open.has(name) || CALLS_BACK.has(bare) || (computedStores && isOwn(name));
  };
  /** The same few names are asked for over and over. */
  const answers = new Map<string, boolean>();
  return {
    iterate,
    call(name) {
      // What has a name here may be a member there: `object[key]()`.
      if (name === null) return escapes || blocking.size > 0;
      let answer = answers.get(name);
      if (answer === undefined) answers.set(name, (answer = may(name)));
      return answer;
    },
    access(name) {
      if (accessors === 'any') return true;
      return name === null ? accessors.size > 0 : accessors.has(name);
    },
  };
}

interface State {
  blocking: Names;
  open: Names;
  accessors: Set<string> | 'any';
  escapes: boolean;
  iterate: boolean;
  computedStores: boolean;
  values: ReadonlySet<string>;
}

const worldNow = (state: State): World =>
  worldOf({ ...state, blocking: state.blocking.all, open: state.open.all });

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
  if (facts.kind === 'async') return;
  if (facts.kind === 'program') {
    state.blocking.add(['require', '.require']);
    return;
  }
  if (facts.kind === 'generator') {
    state.iterate = true;
    return;
  }
  if (facts.kind === 'accessor') {
    // What it passes on is an accessor of the same name.
    if (facts.forwards) return;
    if (facts.names.length === 0) state.accessors = 'any';
    else if (state.accessors !== 'any') for (const name of facts.names) state.accessors.add(name);
    return;
  }
  if (facts.keyed) state.escapes = state.computedStores = true;
  if (facts.kind === 'constructor') state.blocking.add(['super']);
  state.blocking.add(facts.names);
  if (facts.value || facts.names.some((name) => state.values.has(name))) state.escapes = true;
}

/** What is called `get` or `set` and may stand in a descriptor: an accessor under a name that only run time knows. */
function describedIn({ functions }: FileFacts): FunctionFacts[] {
  return functions
    .filter(
      ({ kind, element, names }) =>
        kind === 'function' && !element && (names.includes('.get') || names.includes('.set')),
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
  const first = [...seeds];
  const aliases = aliasesIn(files);
  const state: State = {
    blocking: new Names(aliases),
    open: new Names(aliases),
    accessors: new Set(),
    escapes: false,
    iterate: first.includes('.next'),
    computedStores: false,
    values: new Set(files.flatMap((file) => [...file.values])),
  };
  state.blocking.add(first);
  for (const file of files) state.open.add(file.open);
  openResults(state.open, files, aliases);
  // A seed that is passed on, `run(sleep)`, is a blocking value too.
  state.escapes = first.some((name) => state.values.has(name));
  let rest = candidatesIn(files);
  let storesAreOpen = false;
  for (;;) {
    if (state.computedStores && !storesAreOpen) {
      storesAreOpen = true;
      state.open.add([...aliases.keys()].filter(isOwn));
      openResults(state.open, files, aliases);
    }
    const world = worldNow(state);
    const still: FunctionFacts[] = [];
    for (const facts of rest) {
      const counted = everything && facts.kind !== 'accessor';
      if (counted || blocksNow(facts, world)) record(facts, state);
      else still.push(facts);
    }
    if (still.length === rest.length) return dataOf(state);
    rest = still;
  }
}

function dataOf({ values: _values, ...state }: State): WorldData {
  const { blocking, open, accessors } = state;
  return {
    ...state,
    blocking: [...blocking.all],
    open: [...open.all],
    accessors: accessors === 'any' ? accessors : [...accessors],
  };
}
