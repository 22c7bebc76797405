/**
 * Loads the library into this heap, once. It is also what a Worker starts with.
 *
 * The library is built as a classic script, not as an ES module, because Node 20 can keep the compiled form of scripts
 * only, and a Worker that is given that form by the main thread starts in much less time.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { workerData } from 'node:worker_threads';

type Library = typeof import('./library.ts');
type SharedCode = import('./worker/shared-code.ts').SharedCode;
type Run = (
  module: { exports: object },
  require: NodeJS.Require,
  url: string,
  importModule: (url: string) => Promise<unknown>,
) => void;

function load(): Library {
  // This file is built as CommonJS, so `require` is there.
  const file = require.resolve('./library.cjs');
  const { href } = pathToFileURL(file);
  const { code: given } = (workerData as { coppice?: { code?: SharedCode } } | null)?.coppice ?? {};
  const code = given?.url === href ? given : undefined;
  // The build wraps the text in a function and keeps it to ASCII.
  const text = code ? Buffer.from(code.text) : readFileSync(file);
  const script = new Script(text.toString('latin1'), {
    filename: href,
    ...(code ? { cachedData: new Uint8Array(code.compiled) } : {}),
  });
  const module = { exports: {} };
  (script.runInThisContext() as Run)(module, require, href, (url) => import(url));
  const library = module.exports as Library;
  if (!code) library.offerCode(() => ({ url: href, text, compiled: script.createCachedData() }));
  return library;
}

export const library: Library = load();
