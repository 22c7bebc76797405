/**
 * Owns finding the files that are loaded together with a program: what they import, require and name by URL, as far as
 * it is in scope, and what each of them says about names. What follows from that is said by judge.ts.
 *
 * A file that cannot be found or parsed here is left out: should it be loaded, it is compiled as if anything might
 * block (see compile-file.ts).
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { FileFacts, Import } from '../analyze/facts.ts';
import type { Node, SourceFormat } from '../compile/ast.ts';
import { cached, hashOf } from './cache.ts';
import { collectFacts, parseSource } from './compiler.ts';
import { resolve } from './resolve.ts';
import { type LoadOptions } from './options.ts';
import { inScope, isOurs } from './scope.ts';
import { isTypeScript, stripTypes } from './strip-types.ts';
import type { Trees } from './trees.ts';

export interface StoredFacts extends Omit<FileFacts, 'open' | 'values'> {
  format: SourceFormat;
  open: string[];
  values: string[];
}

/** Where an import leads: into coppice, to a file that was found, to one out of scope, to one of no code, or nowhere known. */
export type Destination =
  | { kind: 'ours' | 'native' | 'unknown' }
  | { kind: 'file' | 'outside' | 'data'; path: string };

/** What is known of a file that was found. */
export interface Found {
  path: string;
  hash: string;
  facts: StoredFacts;
  destinations: Map<Import, Destination>;
  /** Its tree, parsed anew if nobody has it. */
  tree(): Node;
}

export interface Crawled {
  files: Map<string, Found>;
  /** Files in scope that are loaded, and of which nothing could be told. */
  isIncomplete: boolean;
}

/** Which format text is in most likely. If it is not, it is parsed once more. */
function formatsOf(path: string, source: string): SourceFormat[] {
  if (/\.c[jt]s$/.test(path)) return ['commonjs'];
  const imports = /^\s*(?:import|export)\b/m.test(source) || /\.m[jt]s$/.test(path);
  return imports ? ['module', 'commonjs'] : ['commonjs', 'module'];
}

function textIn(path: string): string | null {
  try {
    const source = readFileSync(path, 'utf8');
    return isTypeScript(path) ? stripTypes(source) : source;
  } catch {
    return null;
  }
}

/** What a text says; `null` where it does not parse. */
function factsOf(
  { path, source, hash }: { path: string; source: string; hash: string },
  options: LoadOptions,
  trees: Trees,
): StoredFacts | null {
  return cached(options.cache, `f-${hash}`, (): StoredFacts | null => {
    for (const format of formatsOf(path, source)) {
      try {
        const tree = parseSource(source, format);
        const made = collectFacts(tree);
        trees.put(hash, source.length, format, tree);
        return { ...made, format, open: [...made.open], values: [...made.values] };
      } catch {
        // The other one; a file that parses in neither is left out.
      }
    }
    return null;
  });
}

function find(
  path: string,
  options: LoadOptions,
  trees: Trees,
): Omit<Found, 'destinations'> | null {
  const source = textIn(path);
  if (source === null) return null;
  const hash = hashOf(source);
  const facts = factsOf({ path, source, hash }, options, trees);
  if (!facts) return null;
  const tree = (): Node => {
    const known = trees.peek(hash, facts.format);
    if (known) return known;
    const made = parseSource(source, facts.format);
    trees.put(hash, source.length, facts.format, made);
    return made;
  };
  return { path, hash, facts, tree };
}

/** Blocking by their names alone: ours, which a hook may have found elsewhere, and those that it is to stand in for. */
const BLOCKING = new Set(['coppice', 'readline-sync', 'sync-request', 'synckit']);

const isCode = (path: string): boolean => !/\.(?:json|node|wasm|css|txt|html?)$/.test(path);

function destinationOf({ from, how }: Import, path: string, options: LoadOptions): Destination {
  if (BLOCKING.has(from)) return { kind: 'ours' };
  if (isBuiltin(from)) return { kind: 'native' };
  let found: string | null;
  if (how === 'url') {
    // It names a file, not a package, and any file; a program's are of interest.
    if (!/\.[cm]?[jt]s$/.test(from) || !URL.canParse(from, pathToFileURL(path).href))
      return { kind: 'native' };
    found = resolve(new URL(from, pathToFileURL(path)).href, path, 'import');
  } else found = resolve(from, path, how);
  if (found === null) return { kind: 'unknown' };
  if (isOurs(found)) return { kind: 'ours' };
  if (!isCode(found)) return { kind: 'data', path: found };
  return { kind: inScope(found, options) ? 'file' : 'outside', path: found };
}

/** The files that an ES module imports, as far as they are compiled. */
export function importsOf(
  text: { path: string; source: string; hash: string },
  options: LoadOptions,
  trees: Trees,
): string[] {
  return (factsOf(text, options, trees)?.imports ?? []).flatMap((each) => {
    if (each.how !== 'import') return [];
    const destination = destinationOf(each, text.path, options);
    return destination.kind === 'file' ? [destination.path] : [];
  });
}

/** Follows a program's files. What it has to parse goes into `trees`. */
export function crawl(entries: readonly string[], options: LoadOptions, trees: Trees): Crawled {
  const files = new Map<string, Found>();
  const queue = [...entries];
  let isIncomplete = false;
  const seen = new Set<string>();
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const file = find(path, options, trees);
    if (file === null) {
      isIncomplete = true;
      continue;
    }
    const destinations = new Map<Import, Destination>();
    for (const each of file.facts.imports) {
      const destination = destinationOf(each, path, options);
      destinations.set(each, destination);
      if (destination.kind === 'file') queue.push(destination.path);
    }
    files.set(path, { ...file, destinations });
  }
  return { files, isIncomplete };
}
