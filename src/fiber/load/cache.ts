/**
 * Owns the on-disk cache: what was made of a text, found by the text's own hash. A file that cannot be read or written
 * is no cache and no error. Entries are written to one side and renamed, so that no process reads half of one.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Another build of the compiler makes other text. */
const BUILD = `1/${statSync(fileURLToPath(import.meta.url)).mtimeMs}`;

export function hashOf(...texts: string[]): string {
  const hash = createHash('sha256').update(BUILD);
  for (const text of texts) hash.update('\0').update(text);
  return hash.digest('base64url').slice(0, 22);
}

let directory: string | null | undefined;

function cacheDirectory(): string | null {
  if (directory === undefined) {
    const root = existsSync('node_modules') ? join('node_modules', '.cache') : tmpdir();
    directory = join(root, `coppice${root === tmpdir() ? `-${process.getuid?.() ?? 0}` : ''}`);
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch {
      directory = null;
    }
  }
  return directory;
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
    return codec.decode(readFileSync(file, 'utf8'));
  } catch {
    const made = make();
    try {
      const temporary = `${file}.${process.pid}`;
      writeFileSync(temporary, codec.encode(made));
      renameSync(temporary, file);
    } catch {
      // A cache that cannot be written is none.
    }
    return made;
  }
}
