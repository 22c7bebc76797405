/**
 * Where a syntax error is. The engine knows, but tells only what prints it; so Node itself is asked to check the files.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** So many files are checked at most; each takes the start of a Node. */
const FILES = 50;
/** A file of the same program, where one is loaded by its name. */
const LOADED = /\b(?:from|import|require)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;
/** What `require` adds to a name. */
const ENDINGS = ['', '.js', '/index.js'];

/** One line with file, line number and message; `undefined` when `error` is no syntax error of a script. */
export function syntaxErrorLine(error: unknown, script: string): string | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const place = placeIn(error) ?? (isOfLoading(error) ? placeFrom(script, error) : undefined);
  return place && `${asPath(place)}: SyntaxError: ${error.message}`;
}

function asPath(place: string): string {
  if (!place.startsWith('file:')) return place;
  const line = /:\d+$/.exec(place)?.[0] ?? '';
  return fileURLToPath(place.slice(0, place.length - line.length)) + line;
}

/** An export that is not there is found only when modules are linked, and then the error begins with its place. */
function placeIn({ stack = '' }: SyntaxError): string | undefined {
  return /^(?:file:\S+|\/.*):\d+$/m.exec(stack)?.[0];
}

/** What `JSON.parse` and `new Function` throw has their name on top, and not that of Node's loader. */
function isOfLoading({ stack = '' }: SyntaxError): boolean {
  const top = /^ +at (.*)$/m.exec(stack)?.[1];
  return top === undefined || top.includes('node:internal/');
}

/** The place in `script`, or in what it loads, where Node finds the same error. */
function placeFrom(script: string, { message }: SyntaxError): string | undefined {
  const files = new Set([script]);
  for (const file of files) {
    const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
    const place = /^(.+:\d+)$/m.exec(stderr)?.[1];
    if (place && stderr.includes(`SyntaxError: ${message}`)) return place;
    for (const loaded of loadedBy(file)) if (files.size < FILES) files.add(loaded);
  }
  return undefined;
}

/** The files that it loads by a relative name, as far as its text tells. */
function loadedBy(file: string): string[] {
  const names = [...(read(file) ?? '').matchAll(LOADED)].map((match) => match[2] as string);
  return names.flatMap((name) => {
    const paths = ENDINGS.map((ending) =>
      fileURLToPath(new URL(name + ending, pathToFileURL(file))),
    );
    return paths.find((path) => read(path) !== undefined) ?? [];
  });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
