/**
 * Owns finding the files that are loaded together with a program: its static imports and requires, as far as they are
 * in scope, and what their names say together (see analyze/closed-world.ts).
 *
 * A file that cannot be found or parsed here is left out: should it be loaded, it is compiled as if anything might
 * block, and the others' calls into it pin at worst.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { closeWorld, type WorldData } from '../analyze/closed-world.ts';
import { collectFacts, type FileFacts } from '../analyze/facts.ts';
import { parseSource } from '../compile/ast.ts';
import { cached, hashOf } from './cache.ts';
import { inScope, isOurs, type LoadOptions } from './scope.ts';
import { isTypeScript, stripTypes } from './strip-types.ts';

interface StoredFacts {
  functions: FileFacts['functions'];
  open: string[];
  values: string[];
  computedStores: boolean;
  definesAccessors: boolean;
  imports: FileFacts['imports'];
}

/** Methods of our handles and primitives that block: seeds, when a program imports any of those. */
const METHODS = (
  'get join kill receive acquire put wait take read readLine write accept connect end done question ' +
  'send peek select hold with spawn apply map acquireRead acquireWrite withRead withWrite holdRead holdWrite'
).split(' ');

/** Imports whose objects wait while they are iterated over. */
const ITERABLES = new Set(
  'Queue LifoQueue PriorityQueue Channel Group Pool asCompleted connect listen serve *'.split(' '),
);

function factsOf(path: string, options: LoadOptions): StoredFacts | null {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  if (isTypeScript(path)) {
    const stripped = stripTypes(source);
    if (stripped === null) return null;
    source = stripped;
  }
  return cached(options.cache, `f-${hashOf(source)}`, () => {
    for (const format of /\.c[jt]s$/.test(path)
      ? (['commonjs'] as const)
      : (['module', 'commonjs'] as const)) {
      try {
        const facts = collectFacts(parseSource(source, format));
        return { ...facts, open: [...facts.open], values: [...facts.values] };
      } catch {
        // Not in this format; a file that parses in neither is left out.
      }
    }
    return null;
  });
}

function resolve(specifier: string, from: string): string | null {
  try {
    const path = createRequire(from).resolve(specifier);
    return path.startsWith('/') || /^[A-Za-z]:/.test(path) ? path : null;
  } catch {
    return null;
  }
}

/** Names of ours that never block: classes (their methods may), explicit faces, and these. */
const NEVER =
  /^[A-Z]|Async$|^(spawn|spawnLater|current|wrap|configure|prewarm|transfer|callContext|defineBlocking)$/;
const SIMPLE = new Set(['sleep', 'readLine', 'fetchSync', 'current', 'sleepAsync', 'wrap']);

/** Names that block by definition, from what a file imports. */
function seedsOf(facts: StoredFacts, blocks: (from: string) => boolean, seeds: Set<string>): void {
  for (const { from, names } of facts.imports) {
    if (!blocks(from)) continue;
    for (const name of names) if (!NEVER.test(name)) seeds.add(name);
    // Handles and primitives come with methods that block; a file that takes the whole module may use them all.
    if (names.length === 0 || names.some((name) => !SIMPLE.has(name))) {
      for (const name of [...METHODS, 'sleep', 'fetchSync', 'joinAll', 'killAll']) seeds.add(name);
      if (names.length === 0 || names.some((name) => ITERABLES.has(name))) seeds.add('next');
    }
  }
}

/** What makes functions that block, under names that no file tells. */
const MAKERS = ['blocking', 'defineBlocking'];

/** Does the file make blocking calls of its own? It may import a maker by name, or call it on the whole module. */
function makesCalls(facts: StoredFacts, blocks: (from: string) => boolean): boolean {
  const named = [
    ...facts.imports.flatMap(({ from, names }) => (blocks(from) ? names : [])),
    ...facts.functions.flatMap(({ calls }) => calls),
  ];
  return (
    facts.imports.some(({ from }) => blocks(from)) &&
    named.some((name) => name !== null && MAKERS.includes(name))
  );
}

export interface Crawled {
  /** `null`: the names do not tell, so that every call must be taken for one that may block. */
  data: WorldData | null;
  /** The files that the answer is about. */
  files: string[];
}

/** Follows a program's files. */
export function crawl(entry: string, options: LoadOptions): Crawled {
  const found = new Map<string, StoredFacts>();
  const queue = [entry];
  const blockingModules = new Set(['coppice', 'readline-sync', 'sync-request', 'synckit']);
  const seeds = new Set<string>();
  let open = false;
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue;
    const facts = factsOf(path, options);
    if (facts === null) continue;
    found.set(path, facts);
    const blocks = (from: string): boolean =>
      blockingModules.has(from) || (from.startsWith('.') && isOurs(resolve(from, path) ?? ''));
    seedsOf(facts, blocks, seeds);
    open ||= makesCalls(facts, blocks);
    for (const { from } of facts.imports) {
      const target = blockingModules.has(from) ? null : resolve(from, path);
      if (target !== null && inScope(target, options)) queue.push(target);
    }
  }
  const files: FileFacts[] = [...found.values()].map((facts) => ({
    ...facts,
    open: new Set(facts.open),
    values: new Set(facts.values),
  }));
  const data = open ? null : closeWorld(files, seeds, options.world === 'all');
  return { data, files: [...found.keys()] };
}
