/**
 * Loads the library into this heap, once. It is also what a Worker starts with.
 *
 * The library is built as a classic script, not as an ES module, because Node 20 can keep the compiled form of scripts
 * only, and a Worker that is given that form by the main thread starts in much less time. What only a hub needs is a
 * second script (hub-part.ts), which is run when something of it is first used: in a Worker, hardly ever.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { workerData } from 'node:worker_threads';

type Library = typeof import('./library.ts');
type HubPart = typeof import('./hub-part.ts');
type Loading = import('./core/import-module.ts').Loading;
type Code = import('./worker/shared-code.ts').Code;
type SharedCode = import('./worker/shared-code.ts').SharedCode;
type KeptCode = import('./fiber/load/library-code.ts').KeptCode;

/** What the scripts give, and take of each other. */
interface Scripts {
  library: Library;
  /** All that the hub's part may need of the library. */
  shared: () => object;
  hub: HubPart;
}

type Run = (scripts: Scripts, require: NodeJS.Require, url: string, loading: Loading) => void;

const loading: Loading = { importModule: (url) => import(url), require };

const scripts = {
  get hub(): HubPart {
    // The script sets it.
    Object.defineProperty(scripts, 'hub', { value: undefined, writable: true });
    run(require.resolve('./hub.cjs'));
    return scripts.hub;
  },
} as Scripts;

/** Where it can be had from the cache: see fiber/load/library-code.ts. */
const kept = (globalThis as { [kept: symbol]: KeptCode | undefined })[
  Symbol.for('coppice.kept-code')
];

/** Runs a script; says how to get its text and compiled form. */
function run(file: string, given?: SharedCode): () => Code {
  const url = pathToFileURL(file).href;
  const code = given?.url === url ? given : undefined;
  // The build wraps the text in a function and keeps it to ASCII.
  const text = code ? Buffer.from(code.text) : readFileSync(file);
  const compiled = code ? new Uint8Array(code.compiled) : kept?.find(url, text);
  const script = new Script(text.toString('latin1'), {
    filename: url,
    ...(compiled ? { cachedData: compiled } : {}),
  });
  if (!code) kept?.note(url, text, script);
  // This file is built as CommonJS, so `require` is there.
  (script.runInThisContext() as Run)(scripts, require, url, loading);
  return () => ({ url, text, compiled: script.createCachedData() });
}

const given = (workerData as { coppice?: { code?: SharedCode } } | null)?.coppice?.code;
const code = run(require.resolve('./library.cjs'), given);

export const { library } = scripts;

/** Has the hub's part been needed here? */
export const hasHubPart = (): boolean =>
  Object.getOwnPropertyDescriptor(scripts, 'hub')?.get === undefined;

/** What is loaded in this heap, by the URL of this file: there may be other copies of the package. */
const key = Symbol.for('coppice.loaded');
const globals = globalThis as typeof globalThis & { [key]?: Record<string, Library> };
(globals[key] ??= {})[pathToFileURL(__filename).href] = library;

library.offerCode(code);
library.setUp();
