/**
 * Owns what may block in the files of a program, and which of them are left as they are.
 *
 * Three steps, each on fewer files than the one before knows less about: which files can come by coppice at all, by
 * what they import; which libraries among the others are handed something that may block (analyze/reach.ts); and, in
 * what is left, which names may block (analyze/closed-world.ts). A library that was handed nothing is left alone, whatever
 * its functions are called.
 */
import type { WorldData } from '../analyze/closed-world.ts';
import type { FileFacts, Import } from '../analyze/facts.ts';
import type { FlowFile, Target } from '../analyze/flow.ts';
import type { Blocks, Reach } from '../analyze/reach.ts';
import { addSeeds } from './blocking-names.ts';
import { closeWorld, findReach, mayBlock, worldFrom } from './compiler.ts';
import { crawl, type Crawled, type Found, type StoredFacts } from './crawl.ts';
import type { LoadOptions } from './options.ts';
import { Trees } from './trees.ts';

/** What makes functions that block, under names that no file tells. */
const MAKERS = new Set(['blocking', 'defineBlocking', '.blocking', '.defineBlocking']);

/** Does the file name a maker: in an import, under whichever name from there on, or as a member? */
function namesMaker({ imports, functions }: StoredFacts): boolean {
  const isMaker = (name: string | null): boolean => name !== null && MAKERS.has(name);
  return (
    imports.some(({ imported }) => imported.some(isMaker)) ||
    functions.some(({ calls, reads }) => calls.some(isMaker) || reads.some(isMaker))
  );
}

const blocks = (file: Found, each: Import): boolean => file.destinations.get(each)?.kind === 'ours';

/** May there be blocking calls under names that no file tells? */
function hasMakers(files: readonly Found[]): boolean {
  let exported = false;
  let namedElsewhere = false;
  for (const file of files) {
    const ours = file.facts.imports.filter((each) => blocks(file, each));
    // A whole module that goes anywhere can be asked for any of its members there.
    if (ours.some(({ loose }) => loose)) return true;
    exported ||= ours.some((each) => each.exported);
    if (!namesMaker(file.facts)) continue;
    if (ours.length > 0) return true;
    namedElsewhere = true;
  }
  // A file that gets our names from others that export them again: then any file may.
  return exported && namedElsewhere;
}

export interface Judgement {
  /** `null`: the names do not tell, so that every call must be taken for one that may block. */
  data: WorldData | null;
  /** The files that the answer is about, with the hash of each text in which nothing can block, and null for the others. */
  files: Map<string, string | null>;
  /** Those to which something that blocks can come. */
  reached: ReadonlySet<string>;
  /** Why libraries could not be told apart; for those who work on this. */
  reason: string | null;
}

/** Files that can come by coppice through what they import. */
function hotFiles(files: Map<string, Found>): Set<string> {
  const importers = new Map<string, string[]>();
  const hot = new Set<string>();
  for (const file of files.values()) {
    for (const destination of file.destinations.values()) {
      if (destination.kind === 'ours') hot.add(file.path);
      if (destination.kind !== 'file') continue;
      const known = importers.get(destination.path);
      if (known) known.push(file.path);
      else importers.set(destination.path, [file.path]);
    }
  }
  // The set grows while it is gone through.
  for (const path of hot) for (const importer of importers.get(path) ?? []) hot.add(importer);
  return hot;
}

/** Files of packages that are cold, and what they load: by file, which box it is in. Box 0 is what nobody looked at. */
function boxesOf(files: Map<string, Found>, hot: ReadonlySet<string>): Map<string, number> {
  const inPackages = [...files.keys()].filter(
    (path) => !hot.has(path) && /[\\/]node_modules[\\/]/.test(path),
  );
  const boxOf = new Map<string, number>();
  const members: string[][] = [[]];
  for (const start of inPackages) {
    const queue = [start];
    let index = members.length;
    members.push([]);
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      const known = boxOf.get(path);
      if (known === index) continue;
      if (known !== undefined) {
        // What two have loaded makes them one.
        const [from, to] = known < index ? [index, known] : [known, index];
        for (const each of members[from]!) boxOf.set(each, to);
        members[to]!.push(...members[from]!);
        members[from] = [];
        index = to;
        continue;
      }
      boxOf.set(path, index);
      members[index]!.push(path);
      for (const destination of files.get(path)!.destinations.values())
        if (destination.kind === 'file' && files.has(destination.path))
          queue.push(destination.path);
    }
  }
  return boxOf;
}

/** Puts the files into the form in which they are followed. */
function reachOf(files: Map<string, Found>, boxOf: ReadonlyMap<string, number>): Reach {
  const followed: FlowFile[] = [];
  const loadAnything = new Set<number>();
  for (const file of files.values()) {
    const box = boxOf.get(file.path);
    if (box !== undefined) {
      if (file.facts.loadsAnything) loadAnything.add(box);
      continue;
    }
    const targets = new Map<string, Target>();
    for (const [each, destination] of file.destinations)
      targets.set(`${each.how} ${each.from}`, targetFor(destination, files, boxOf));
    const isModule = file.facts.format === 'module';
    followed.push({ path: file.path, tree: file.tree(), isModule, targets });
  }
  return findReach({ files: followed, boxes: 1 + Math.max(0, ...boxOf.values()), loadAnything });
}

function targetFor(
  destination: Found['destinations'] extends Map<Import, infer D> ? D : never,
  files: Map<string, Found>,
  boxOf: ReadonlyMap<string, number>,
): Target {
  switch (destination.kind) {
    case 'file': {
      const { path } = destination;
      const box = boxOf.get(path);
      if (box !== undefined) return { kind: 'box', index: box };
      return files.has(path) ? { kind: 'file', path } : { kind: 'any' };
    }
    case 'outside':
      return { kind: 'box', index: 0 };
    case 'data':
      return { kind: 'data', path: destination.path };
    case 'unknown':
      return { kind: 'any' };
    default:
      return { kind: destination.kind };
  }
}

const asSets = (file: Found): FileFacts => ({
  ...file.facts,
  open: new Set(file.facts.open),
  values: new Set(file.facts.values),
});

/** What the names say in some of the files. */
function closed(files: readonly Found[], everything: boolean): WorldData | null {
  if (hasMakers(files)) return null;
  const seeds = new Set<string>();
  for (const file of files)
    for (const each of file.facts.imports) if (blocks(file, each)) addSeeds(each, seeds);
  return closeWorld(files.map(asSets), seeds, everything);
}

/** Which functions of these files may block. */
function blocksIn(files: ReadonlyMap<string, Found>, data: WorldData | null): Blocks {
  if (data === null) return () => true;
  const world = worldFrom(data);
  const known = new Map<string, Map<number, boolean>>();
  return (path, start) => {
    let functions = known.get(path);
    if (!functions) {
      functions = new Map();
      for (const each of files.get(path)!.facts.functions)
        functions.set(each.start, each.kind !== 'async' && mayBlock({ functions: [each] }, world));
      known.set(path, functions);
    }
    return functions.get(start) ?? false;
  };
}

function judgeFiles({ files, isIncomplete }: Crawled, options: LoadOptions): Judgement {
  const everything = options.world === 'all';
  let known = [...files.values()];
  let reason: string | null = null;
  if (!everything) {
    const boxOf = boxesOf(files, hotFiles(files));
    const reached = (): ((file: Found) => boolean) => {
      if (isIncomplete) reason = 'a file could not be read';
      const own = known.filter(({ path }) => !boxOf.has(path));
      if (own.some(({ facts }) => facts.loadsAnything))
        reason = 'it loads what its text does not name';
      if (reason !== null || boxOf.size === 0) return () => true;
      const reach = reachOf(files, boxOf);
      let numbers = new Set<number>();
      for (;;) {
        const taken = (file: Found): boolean => {
          const box = boxOf.get(file.path);
          return box === undefined || numbers.has(box);
        };
        // What a library that can block makes of the program's functions may reach others.
        const found = reach.reached(blocksIn(files, closed(known.filter(taken), false)));
        if (found === null) {
          reason = reach.reason ?? 'something that blocks goes to a package out of scope';
          return () => true;
        }
        if (found.size === numbers.size) return taken;
        numbers = found;
      }
    };
    known = known.filter(reached());
  }
  const data = closed(known, everything);
  const hashes = new Map(
    [...files.values()].map(({ path, hash }) => [path, hash as string | null]),
  );
  const world = data && worldFrom(data);
  for (const { path, facts } of known)
    if (world === null || facts.binds || mayBlock(facts, world)) hashes.set(path, null);
  return { data, files: hashes, reached: new Set(known.map(({ path }) => path)), reason };
}

/** Finds a program's files and what may block in them. */
export function judge(
  entries: readonly string[],
  options: LoadOptions,
  trees: Trees = new Trees(),
): Judgement {
  return judgeFiles(crawl(entries, options, trees), options);
}
