/**
 * Owns which files are compiled: the program's own, and packages that say that they use coppice; include and exclude
 * lists override. Never coppice itself, whose code runs under every fiber.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { manifestOf } from './resolve.ts';

export interface LoadOptions {
  /** Package names or path parts that are compiled although they would not be. */
  include: string[];
  /** Package names or path parts that are left alone. */
  exclude: string[];
  /**
   * `closed`: analyse what is loaded together. `all`: as if each of its functions blocked. `open`: anything may block,
   * every property too.
   */
  world: 'closed' | 'all' | 'open';
  cache: boolean;
}

/** From `COPPICE_FIBERS`, a JSON object; how `coppice run --fibers` hands its flags on. */
export function readLoadOptions(text = process.env['COPPICE_FIBERS']): LoadOptions {
  const given = (text === undefined || text === '' ? {} : JSON.parse(text)) as Partial<LoadOptions>;
  return {
    include: given.include ?? [],
    exclude: given.exclude ?? [],
    world: given.world ?? 'closed',
    cache: given.cache ?? true,
  };
}

const usesUs = new Map<string, boolean>();

function packageUsesUs(path: string): boolean {
  const at = path.lastIndexOf('/node_modules/');
  const parts = path.slice(at + '/node_modules/'.length).split('/');
  const name = parts[0]!.startsWith('@') ? `${parts[0]!}/${parts[1]!}` : parts[0]!;
  const root = path.slice(0, at) + '/node_modules/' + name;
  let known = usesUs.get(root);
  if (known === undefined) {
    try {
      const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
        string,
        Record<string, string> | undefined
      >;
      known = ['dependencies', 'peerDependencies'].some((key) => manifest[key]?.['coppice']);
    } catch {
      known = false;
    }
    usesUs.set(root, known);
  }
  return known;
}

/** Is it a file of coppice's own, whichever copy of it? */
export function isOurs(path: string): boolean {
  const own = manifestOf(path);
  if (own?.name !== 'coppice') return false;
  const [folder = ''] = relative(own.folder, path).split(/[\\/]/);
  return folder === 'dist' || folder === 'src';
}

/** Is this file compiled? */
export function inScope(path: string, options: LoadOptions): boolean {
  const normal = path.replaceAll('\\', '/');
  if (isOurs(path)) return false;
  const names = (part: string): boolean =>
    normal.includes(`/node_modules/${part}/`) || normal.includes(part);
  if (options.exclude.some(names)) return false;
  if (options.include.some(names)) return true;
  return !normal.includes('/node_modules/') || packageUsesUs(normal);
}
