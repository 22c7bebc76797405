/**
 * Owns the on-disk cache: what was made of a text, found by the text's own hash. A file that cannot be read or written
 * is no cache and no error. Entries are written to one side and renamed, so that no process reads half of one; each
 * begins with its length, or its hash, since a disk that was full, or a machine that lost its power, leaves a part.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

declare const COPPICE_BUILD: string | undefined;

/**
 * Another compiler makes other text. The build puts a hash of the compiler's sources here, which is the same in all that
 * it writes: a text has one hash, on the main thread and on Node's loader thread.
 */
const BUILD = typeof COPPICE_BUILD === 'string' ? COPPICE_BUILD : 'sources';

export function hashOf(...texts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256').update(BUILD);
  for (const text of texts) hash.update('\0').update(text);
  return hash.digest('base64url').slice(0, 22);
}

let directory: string | null | undefined;

function cacheDirectory(): string | null {
  if (directory === undefined) {
    const ofProgram = existsSync('node_modules');
    const uid = process.getuid?.() ?? 0;
    // Whole, because the program may go to another directory.
    const place = ofProgram ? resolve('node_modules/.cache/coppice') : `${tmpdir()}/coppice-${uid}`;
    try {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      directory = ofProgram || isPrivate(place, uid) ? place : null;
    } catch {
      directory = null;
    }
  }
  return directory;
}

/** Anybody may have made a directory for temporary files, and what lies in it is run. */
function isPrivate(place: string, uid: number): boolean {
  const state = lstatSync(place);
  const windows = process.getuid === undefined;
  return state.isDirectory() && (windows || (state.uid === uid && (state.mode & 0o022) === 0));
}

/** The text of an entry, when all of it is there. */
function readEntry(file: string): string {
  const entry = readFileSync(file, 'utf8');
  const end = entry.indexOf('\n');
  const text = entry.slice(end + 1);
  if (end < 0 || entry.slice(0, end) !== String(text.length)) throw new Error('not all is there');
  return text;
}

/** Puts an entry where it is found from then on, whole or not at all. */
function writeEntry(file: string, head: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}`;
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  writeFileSync(temporary, Buffer.concat([Buffer.from(`${head}\n`), bytes]));
  renameSync(temporary, file);
}

/**
 * Bytes that are in the cache. They begin with their hash and not with their length: a text of which something is missing
 * would be told by whoever reads it, and these are read by V8.
 */
export function cachedBytes(key: string): Uint8Array | undefined {
  const place = cacheDirectory();
  if (place === null) return undefined;
  try {
    const entry = readFileSync(join(place, key));
    const end = entry.indexOf(10);
    const bytes = entry.subarray(end + 1);
    return entry.toString('latin1', 0, end) === hashOf(bytes) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

export function keepBytes(key: string, bytes: Uint8Array): void {
  const place = cacheDirectory();
  if (place === null) return;
  try {
    writeEntry(join(place, key), hashOf(bytes), bytes);
  } catch {
    // A cache that cannot be written is none.
  }
}

/** How something is written as text, and read again. */
export interface Codec<T> {
  encode(value: T): string;
  decode(text: string): T;
}

const json: Codec<unknown> = { encode: JSON.stringify, decode: JSON.parse };

/** What is cached under the key, or what `make` makes, cached from now on. */
export function cached<T>(
  enabled: boolean,
  key: string,
  make: () => T,
  codec = json as Codec<T>,
): T {
  const place = enabled ? cacheDirectory() : null;
  if (place === null) return make();
  const file = join(place, key);
  try {
    return codec.decode(readEntry(file));
  } catch {
    const made = make();
    try {
      const text = codec.encode(made);
      writeEntry(file, String(text.length), text);
    } catch {
      // A cache that cannot be written is none.
    }
    return made;
  }
}
