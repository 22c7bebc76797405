/**
 * How a module is named across heaps: by its absolute URL.
 */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The URL of a module given as a `URL`, a `file:` or `data:` string, or an absolute path; else `undefined`. */
export function moduleUrl(target: unknown): string | undefined {
  if (target instanceof URL) return target.href;
  if (typeof target !== 'string') return undefined;
  if (target.startsWith('file:') || target.startsWith('data:')) return target;
  return isAbsolute(target) ? pathToFileURL(target).href : undefined;
}

/** What is behind the last slash of a module's URL. */
export function fileNameOf(url: string): string {
  const end = url.search(/[?#]/);
  const path = end === -1 ? url : url.slice(0, end);
  return path.slice(path.lastIndexOf('/') + 1);
}
