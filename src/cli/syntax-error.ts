/**
 * Where a syntax error is. The engine knows, but tells only what prints it; so Node itself is asked to check the file.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One line with file, line number and message; `undefined` when `error` is no syntax error of a script. */
export function syntaxErrorLine(error: unknown, script: string): string | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const { stderr } = spawnSync(process.execPath, ['--check', script], { encoding: 'utf8' });
  const place = /^(.+:\d+)$/m.exec(stderr)?.[1];
  const known = place ?? placeIn(error);
  return known && `${asPath(known)}: SyntaxError: ${error.message}`;
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
