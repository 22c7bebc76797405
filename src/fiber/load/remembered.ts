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
import { knownManifests } from './resolve.ts';
import type { Trees } from './trees.ts';

type Remembered = Pick<Judgement, 'data' | 'files' | 'required'>;

interface Stored extends Omit<Remembered, 'files' | 'required'> {
  required: string[];
  files: [path: string, hash: string | null][];
  /** What every file was then, in order, and the files of package.json that were asked. */
  stamps: [path: string, stamp: string][];
}

function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino}` : 'none';
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
    const { data, files, required } = judge(entries, options, trees);
    return { data, files, required };
  };
  return cached(cache, key, make, {
    encode({ data, files, required }) {
      const paths = [...files.keys(), ...knownManifests()];
      const stamps = paths.map((path): [string, string] => [path, stampOf(path)]);
      // It may have been read before it was changed.
      if (paths.some((path) => changedSince(path, begun))) throw new Error('a file is changing');
      const stored: Stored = { data, files: [...files], required: [...required], stamps };
      return JSON.stringify(stored);
    },
    decode(text) {
      const { data, files, required, stamps } = JSON.parse(text) as Stored;
      for (const [path, stamp] of stamps) {
        if (stampOf(path) !== stamp) throw new Error('a file has changed');
      }
      return { data, files: new Map(files), required: new Set(required) };
    },
  });
}
