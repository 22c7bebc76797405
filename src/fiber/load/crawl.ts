/**
 * Owns finding the files that are loaded together with a program: its static imports and requires, as far as they are
 * in scope, and what their names say together (see analyze/closed-world.ts).
 *
 * A file that cannot be found or parsed here is left out: should it be loaded, it is compiled as if anything might
 * block, and the others' calls into it pin at worst.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { closeWorld, mayBlock, worldFrom, type WorldData } from '../analyze/closed-world.ts';
import { collectFacts, type FileFacts, type Import } from '../analyze/facts.ts';
import { parseSource, type SourceFormat } from '../compile/ast.ts';
import { addSeeds } from './blocking-names.ts';
import { cached, hashOf } from './cache.ts';
import { resolve } from './resolve.ts';
import { type LoadOptions } from './options.ts';
import { inScope, isOurs } from './scope.ts';
import { isTypeScript, stripTypes } from './strip-types.ts';
import { Trees } from './trees.ts';

interface StoredFacts extends Omit<FileFacts, 'open' | 'values'> {
  open: string[];
  values: string[];
}

/** What is known of a file that was found. */
interface Found {
  hash: string;
  facts: StoredFacts;
}

/** Which format text is in most likely. If it is not, it is parsed once more. */
function formatsOf(path: string, source: string): SourceFormat[] {
  if (/\.c[jt]s$/.test(path)) return ['commonjs'];
  const imports = /^\s*(?:import|export)\b/m.test(source) || /\.m[jt]s$/.test(path);
  return imports ? ['module', 'commonjs'] : ['commonjs', 'module'];
}

function find(path: string, options: LoadOptions, trees: Trees): Found | null {
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
  const hash = hashOf(source);
  const facts = cached(options.cache, `f-${hash}`, () => {
    for (const format of formatsOf(path, source)) {
      try {
        const tree = parseSource(source, format);
        const made = collectFacts(tree);
        trees.put(hash, source.length, format, tree);
        return { ...made, open: [...made.open], values: [...made.values] };
      } catch {
        // Not in this format; a file that parses in neither is left out.
      }
    }
    return null;
  });
  return facts && { hash, facts };
}

/** Blocking by their names alone: ours, which a hook may have found elsewhere, and those that it is to stand in for. */
const BLOCKING = new Set(['coppice', 'readline-sync', 'sync-request', 'synckit']);

function targetOf({ from, how }: Import, path: string): string | null {
  if (how !== 'url') return resolve(from, path, how);
  // It names a file, not a package, and any file; a program's are of interest.
  return /\.[cm]?[jt]s$/.test(from) && URL.canParse(from, pathToFileURL(path).href)
    ? resolve(new URL(from, pathToFileURL(path)).href, path, 'import')
    : null;
}

/** What makes functions that block, under names that no file tells. */
const MAKERS = new Set(['blocking', 'defineBlocking']);

/** Does the file name a maker: in an import, under whichever name from there on, or as a member? */
function namesMaker({ imports, functions }: StoredFacts): boolean {
  const isMaker = (name: string | null): boolean => name !== null && MAKERS.has(name);
  return (
    imports.some(({ imported }) => imported.some(isMaker)) ||
    functions.some(({ calls, reads }) => calls.some(isMaker) || reads.some(isMaker))
  );
}

/** Which files get our names from others that export them again? Then any file may. */
class Makers {
  #named = false;
  #namedElsewhere = false;
  #exported = false;

  add(facts: StoredFacts, blocks: (each: Import) => boolean): void {
    const ours = facts.imports.filter(blocks);
    // A whole module that goes anywhere can be asked for any of its members there.
    if (ours.some(({ loose }) => loose)) this.#named = true;
    if (ours.some(({ exported }) => exported)) this.#exported = true;
    if (!namesMaker(facts)) return;
    if (ours.length > 0) this.#named = true;
    else this.#namedElsewhere = true;
  }

  /** May there be blocking calls under names that no file tells? */
  get any(): boolean {
    return this.#named || (this.#exported && this.#namedElsewhere);
  }
}

export interface Crawled {
  /** `null`: the names do not tell, so that every call must be taken for one that may block. */
  data: WorldData | null;
  /** The files that the answer is about, with the hash of each text in which nothing can block, and null for the others. */
  files: Map<string, string | null>;
}

/** Follows a program's files. What it has to parse goes into `trees`. */
export function crawl(entry: string, options: LoadOptions, trees = new Trees()): Crawled {
  const found = new Map<string, Found>();
  const queue = [entry];
  const seeds = new Set<string>();
  const makers = new Makers();
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue;
    const file = find(path, options, trees);
    if (file === null) continue;
    found.set(path, file);
    const targets = new Map<Import, string | null>();
    for (const each of file.facts.imports) targets.set(each, targetOf(each, path));
    const blocks = (each: Import): boolean =>
      BLOCKING.has(each.from) || isOurs(targets.get(each) ?? '');
    for (const each of file.facts.imports) if (blocks(each)) addSeeds(each, seeds);
    makers.add(file.facts, blocks);
    for (const target of targets.values()) {
      if (target !== null && inScope(target, options)) queue.push(target);
    }
  }
  if (makers.any)
    return { data: null, files: new Map([...found.keys()].map((path) => [path, null])) };
  const facts: FileFacts[] = [...found.values()].map((file) => ({
    ...file.facts,
    open: new Set(file.facts.open),
    values: new Set(file.facts.values),
  }));
  const data = closeWorld(facts, seeds, options.world === 'all');
  const world = worldFrom(data);
  const files = new Map<string, string | null>();
  for (const [path, file] of found) {
    const untouched = !file.facts.binds && !mayBlock(file.facts, world);
    files.set(path, untouched ? file.hash : null);
  }
  return { data, files };
}
