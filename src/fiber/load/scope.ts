/**
 * Owns which files are compiled: the program's own, and packages that use coppice, themselves or through what they depend
 * on; include and exclude lists override. Never coppice itself, whose code runs under every fiber.
 */
import { dirname, join, relative } from 'node:path';
import type { LoadOptions } from './options.ts';
import { manifestIn, manifestOf } from './resolve.ts';

/** By the folder of a package. */
const usesUs = new Map<string, boolean>();

/** By the folder of each package that was asked about: does it use coppice? */
export type PackageUses = ReadonlyMap<string, boolean>;

export const knownUses = (): PackageUses => usesUs;

/** What is known of packages whose files are what they were: no package.json of theirs has to be read. */
export function giveUses(uses: PackageUses): void {
  for (const [folder, does] of uses) usesUs.set(folder, does);
}

/** The names of the packages that this one depends on. */
function dependenciesOf(root: string): string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifestIn(root) ?? {};
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
}

/** Where Node finds it: from here upwards. */
function folderOf(name: string, root: string): string | null {
  for (let from = root; ; from = dirname(from)) {
    const folder = join(from, 'node_modules', name);
    if (manifestIn(folder)) return folder;
    if (from === dirname(from)) return null;
  }
}

/** Does the package in this folder use coppice, or anything that does? */
function packageUsesUs(root: string): boolean {
  const known = usesUs.get(root);
  if (known !== undefined) return known;
  // Packages depend on each other in circles too, so all that can be reached is asked together.
  const reached = new Set([root]);
  for (const each of reached) {
    const names = usesUs.has(each) ? [] : dependenciesOf(each);
    if (usesUs.get(each) === true || names.includes('coppice')) {
      usesUs.set(root, true);
      return true;
    }
    for (const name of names) {
      const folder = folderOf(name, each);
      if (folder !== null) reached.add(folder);
    }
  }
  for (const each of reached) usesUs.set(each, false);
  return false;
}

/** The folder of the package that a file in `node_modules` belongs to. */
function packageFolder(path: string): string {
  const end = path.lastIndexOf('/node_modules/') + '/node_modules/'.length;
  const [first = '', second = ''] = path.slice(end).split('/');
  return path.slice(0, end) + (first.startsWith('@') ? `${first}/${second}` : first);
}

/** Is it a file of coppice's own, whichever copy of it? */
export function isOurs(path: string): boolean {
  const own = manifestOf(path);
  if (own?.name !== 'coppice') return false;
  const [folder = ''] = relative(own.folder, path).split(/[\\/]/);
  return folder === 'dist' || folder === 'src';
}

/** Is `part` in this path, as whole names: a package, a folder, a file, or several of them in a row? */
function names(part: string, path: string): boolean {
  return `/${path}/`.includes(`/${part.replace(/^\.?\/+|\/+$/g, '')}/`);
}

/** Is it a file of no package, or of one that uses coppice? */
export function mayUseUs(path: string): boolean {
  const normal = path.replaceAll('\\', '/');
  return !normal.includes('/node_modules/') || packageUsesUs(packageFolder(normal));
}

/** Is this file compiled? */
export function inScope(path: string, options: LoadOptions): boolean {
  const normal = path.replaceAll('\\', '/');
  // Where the program lies says nothing of it.
  const from = relative(process.cwd(), path).replaceAll('\\', '/');
  const inside = from.startsWith('..') ? normal : from;
  if (options.exclude.some((part) => names(part, inside))) return false;
  const wanted = options.include.some((part) => names(part, inside)) || mayUseUs(path);
  return wanted && !isOurs(path);
}
