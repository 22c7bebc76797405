/**
 * Owns that a program which was judged once is not looked at again until one of its files changes: then no file is
 * read, parsed or resolved before Node itself loads it.
 *
 * Whether a file is what it was is told by its size, its number and its times of change: the time of the last change of
 * an inode cannot be set back. A file that came up where none was before is not noticed here; it is when it is loaded,
 * and what is loaded after it is compiled as if anything might block (see compile-file.ts). What is left as it is was
 * judged by its text, which is compared when it is loaded.
 */
import { statSync } from 'node:fs';
import { cached, hashOf } from './cache.ts';
import { judge, type Judgement } from './judge.ts';
import type { LoadOptions } from './options.ts';
import { askedManifests } from './resolve.ts';
import { knownUses, type PackageUses } from './scope.ts';
import type { Trees } from './trees.ts';

/** The judgement, and what of the packages could be found out for it. */
export interface Remembered extends Pick<Judgement, 'data' | 'files'> {
  uses: PackageUses;
}

interface Stored extends Pick<Judgement, 'data'> {
  files: [path: string, hash: string | null][];
  uses: [folder: string, uses: boolean][];
  /** What every file was then, in order, and the files of package.json that were asked for, there or not. */
  stamps: Stamp[];
}

type Stamp = [path: string, stamp: string];

/** The stamp of what is not there. */
const NONE = 'none';

function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino}` : NONE;
}

/** Clocks of file systems tick so slowly at worst. Milliseconds. */
const TICK = 20;

function changedSince(path: string, time: number): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? time) >= time - TICK;
}

/** A program's files and what may block in them, from the last time if nothing has changed. */
export function judgeOnce(
  entries: readonly string[],
  options: LoadOptions,
  trees: Trees,
): Remembered {
  const { include, exclude, world, cache } = options;
  const settings = { entries, include, exclude, world, folder: process.cwd() };
  const flags = [process.version, process.env['NODE_OPTIONS'], process.execArgv];
  const key = `p-${hashOf(JSON.stringify(settings), JSON.stringify(flags))}`;
  const begun = Date.now();
  const make = (): Remembered => {
    const { data, files } = judge(entries, options, trees);
    return { data, files, uses: knownUses() };
  };
  return cached(cache, key, make, {
    encode({ data, files, uses }) {
      const { there, missing } = askedManifests();
      const paths = [...files.keys(), ...there];
      const stamps = [...paths, ...missing].map((path): Stamp => [path, stampOf(path)]);
      // It may have been read before it was changed, or asked for before it came.
      const isComing = (path: string): boolean => stampOf(path) !== NONE;
      if (paths.some((path) => changedSince(path, begun)) || missing.some(isComing))
        throw new Error('a file is changing');
      return JSON.stringify({
        data,
        files: [...files],
        uses: [...uses],
        stamps,
      } satisfies Stored);
    },
    decode(text) {
      const { data, files, uses, stamps } = JSON.parse(text) as Stored;
      for (const [path, stamp] of stamps) {
        if (stampOf(path) !== stamp) throw new Error('a file has changed');
      }
      return { data, files: new Map(files), uses: new Map(uses) };
    },
  });
}
