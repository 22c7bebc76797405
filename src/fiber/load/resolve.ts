/**
 * Owns what a specifier means: which file Node loads for it, from which file, by `import` or by `require`.
 *
 * `require` is asked of Node itself. For `import` Node has no answer that could be had beforehand on all its versions,
 * so the rules of package.json (`exports`, `imports`, self-references) are followed here; they are in Node's
 * documentation under "Modules: Packages". What cannot be found so is asked of `require`: hooks of others (tsx) find
 * files by more names than Node does.
 *
 * A wrong answer is no error: a file that was not found beforehand is compiled as if anything might block.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, isAbsolute, join, resolve as absolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** By which of its two loaders Node is asked. */
export type How = 'import' | 'require';

/** What an entry of `exports` or `imports` leads to. */
type Target = string | null | undefined | Target[] | { readonly [condition: string]: Target };

interface Manifest {
  readonly folder: string;
  readonly name?: string;
  readonly exports?: Target;
  readonly imports?: Readonly<Record<string, Target>>;
  readonly dependencies?: object;
  readonly peerDependencies?: object;
  readonly optionalDependencies?: object;
}

const manifests = new Map<string, Manifest | null>();

/** The package.json of a folder. */
export function manifestIn(folder: string): Manifest | null {
  let known = manifests.get(folder);
  if (known === undefined) {
    try {
      const text = readFileSync(join(folder, 'package.json'), 'utf8');
      known = { ...(JSON.parse(text) as object), folder };
    } catch {
      known = null;
    }
    manifests.set(folder, known);
  }
  return known;
}

/** The package.json files that were asked for, and are there or are not. */
export function askedManifests(): { there: string[]; missing: string[] } {
  const asked = [...manifests].map(([folder, known]) => ({
    path: join(folder, 'package.json'),
    isThere: known !== null,
  }));
  const paths = (wanted: boolean): string[] =>
    asked.filter(({ isThere }) => isThere === wanted).map(({ path }) => path);
  return { there: paths(true), missing: paths(false) };
}

/** The package.json that a file belongs to. */
export function manifestOf(path: string): Manifest | null {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = manifestIn(folder);
    if (found || folder === dirname(folder)) return found;
  }
}

/** What `import` takes of conditional entries: what Node is given (`--conditions`) and what it always takes. */
const conditions = new Set(['node', 'import', 'default', 'node-addons', ...givenConditions()]);
if (process.features.require_module) conditions.add('module-sync');

function givenConditions(): string[] {
  const text = [process.env['NODE_OPTIONS'] ?? '', ...process.execArgv].join(' ');
  return [...text.matchAll(/(?:^|\s)(?:--conditions|-C)[=\s](\S+)/g)].map(([, name]) => name!);
}

/** Where an entry leads to under these conditions, with `*` filled in. */
function targetOf(target: Target, star: string): string | null {
  if (typeof target === 'string') return target.replaceAll('*', () => star);
  if (Array.isArray(target)) {
    for (const each of target) {
      const found = targetOf(each, star);
      if (found !== null) return found;
    }
    return null;
  }
  for (const [condition, each] of Object.entries(target ?? {})) {
    if (!conditions.has(condition)) continue;
    const found = targetOf(each, star);
    if (found !== null) return found;
  }
  return null;
}

/** Looks a key up in a map of `exports` or `imports`: as it is, or by the longest pattern that fits. */
function lookUp(map: Readonly<Record<string, Target>>, key: string): string | null {
  if (Object.hasOwn(map, key) && !key.includes('*')) return targetOf(map[key], '');
  let best: { head: string; star: string; target: Target } | undefined;
  for (const [pattern, target] of Object.entries(map)) {
    const at = pattern.indexOf('*');
    if (at < 0) continue;
    const [head, tail] = [pattern.slice(0, at), pattern.slice(at + 1)];
    if (!key.startsWith(head) || !key.endsWith(tail) || key.length < pattern.length) continue;
    if (best && best.head.length >= head.length) continue;
    best = { head, star: key.slice(head.length, key.length - tail.length), target };
  }
  return best ? targetOf(best.target, best.star) : null;
}

/** `exports` as a map of subpaths, which it need not be. */
function subpathsOf(exports: Target): Readonly<Record<string, Target>> {
  const whole = typeof exports === 'string' || exports === null || Array.isArray(exports);
  if (whole || !Object.keys(exports ?? {}).some((key) => key.startsWith('.')))
    return { '.': exports };
  return exports as Readonly<Record<string, Target>>;
}

/** A package by its name, as somebody in this folder sees it. */
function packageSeenFrom(from: string, name: string): Manifest | null {
  const own = manifestOf(from);
  if (own?.name === name && own.exports !== undefined && own.exports !== null) return own;
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (!/[\\/]node_modules$/.test(folder)) {
      const found = manifestIn(join(folder, 'node_modules', name));
      if (found) return found;
    }
    if (folder === dirname(folder)) return null;
  }
}

function importBare(specifier: string, from: string): string | null {
  if (specifier.startsWith('#')) {
    const own = manifestOf(from);
    const target = own?.imports ? lookUp(own.imports, specifier) : null;
    if (target === null) return null;
    return target.startsWith('.') ? join(own!.folder, target) : resolve(target, from, 'import');
  }
  const [, name, rest = ''] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? [];
  const found = name === undefined ? null : packageSeenFrom(from, name);
  if (!found || found.exports === undefined || found.exports === null) return null;
  const target = lookUp(subpathsOf(found.exports), `.${rest}`);
  return target === null ? null : join(found.folder, target);
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The file itself, behind links, as Node names it. */
function real(path: string): string | null {
  try {
    return isFile(path) ? realpathSync(path) : null;
  } catch {
    return null;
  }
}

const requires = new Map<string, NodeJS.Require>();

function byRequire(specifier: string, from: string): string | null {
  const folder = dirname(from);
  let require = requires.get(folder);
  if (!require) requires.set(folder, (require = nodeModule.createRequire(from)));
  try {
    return require.resolve(specifier);
  } catch {
    return null;
  }
}

/**
 * The file that a specifier leads to: its path, or `null` where it leads to none: a module of Node's own, or something
 * that is not there.
 *
 * @param from the path of the file that says it.
 */
export function resolve(specifier: string, from: string, how: How): string | null {
  if (nodeModule.isBuiltin(specifier)) return null;
  const isUrl = /^[A-Za-z][\w+.-]+:/.test(specifier);
  if (isUrl && !specifier.startsWith('file:')) return null;
  const local = isUrl || /^\.{0,2}\//.test(specifier) || isAbsolute(specifier);
  try {
    if (local && (how === 'import' || isUrl)) {
      const path = fileURLToPath(new URL(specifier, pathToFileURL(from)));
      const found = real(path);
      if (found !== null) return found;
    } else if (how === 'import') {
      const path = importBare(specifier, from);
      const found = path === null ? null : real(path);
      if (found !== null) return found;
    }
  } catch {
    // Node will say so itself.
  }
  const path = byRequire(specifier, from);
  return path !== null && isAbsolute(path) ? absolute(path) : null;
}
