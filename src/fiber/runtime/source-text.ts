/**
 * Owns `Function.prototype.toString` over compiled functions: the original text, as if nothing had happened.
 *
 * A compiled function holds a comment that names the file and the place (see Unit.mark); the original text is kept, or
 * fetched, by the file's name. A function that is not ours costs one search of its text.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const texts = new Map<string, string | (() => string)>();
const files = new Set<string>();
const MARK = /\/\*coppice:([^:*]+):(\d+):(\d+)\*\//;
const MARKS = new RegExp(MARK, 'g');
const native = Function.prototype.toString;

/** Makes a file's original text known. */
export function registerSource(id: string, text: string | (() => string)): void {
  texts.set(id, text);
}

/** As compiled files say it: the text is in the file, and only read when somebody asks. Without an id it is not there. */
export function registerSourceFile(id: string | null, url: string): void {
  files.add(url);
  if (id !== null && !texts.has(id)) texts.set(id, () => readFileSync(new URL(url), 'utf8'));
}

/** Was this file, a URL or a path, compiled? */
export function isCompiledFile(file: string): boolean {
  if (file === '') return false;
  return files.has(file.startsWith('file:') ? file : pathToFileURL(file).href);
}

export function nativeText(target: unknown): string {
  return native.call(target as never);
}

function originalText(text: string): string {
  const mark = MARK.exec(text);
  if (mark === null) return text;
  let source = texts.get(mark[1]!);
  if (source === undefined) return text.replaceAll(MARKS, '');
  if (typeof source === 'function') {
    source = source();
    texts.set(mark[1]!, source);
  }
  return source.slice(Number(mark[2]), Number(mark[3]));
}

/** Puts the original texts behind Function.prototype.toString. */
export function installSourceText(): void {
  const holder = {
    toString(this: unknown): string {
      // The patch itself must look native.
      if (this === holder.toString) return native.call(native);
      const text = native.call(this as never);
      return text.includes('/*coppice:') ? originalText(text) : text;
    },
  };
  Object.defineProperty(Function.prototype, 'toString', {
    value: holder.toString,
    writable: true,
    configurable: true,
  });
}
