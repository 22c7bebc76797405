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
  const path = place?.startsWith('file:')
    ? fileURLToPath(place.replace(/:\d+$/, '')) + (/:\d+$/.exec(place)?.[0] ?? '')
    : place;
  return path ? `${path}: SyntaxError: ${error.message}` : undefined;
}
