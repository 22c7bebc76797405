/**
 * tsx in a Worker. Node runs the `--import` flags of the process again in each Worker, but tsx puts its hooks for ES
 * modules in on the main thread only, so that here they have to be asked for through its API.
 */
import { pathToFileURL } from 'node:url';
import { importModule } from '../core/import-module.ts';
import { nodeFlags } from './node-flags.ts';

/** `tsx` as a flag names it: by its name, or (the tsx command) by the path of its loader. */
const NAMED = /(?:^|[\s=])tsx(?:\/esm)?(?=\s|$)/;
const LOADER = /(?:^|[\s=])(\S*[\\/]tsx[\\/]dist[\\/])(?:esm[\\/])?(?:loader|index)\.mjs/;

/** Resolves when the hooks are in. `undefined` where the process was started without tsx. */
export function registerTsx(): Promise<unknown> | undefined {
  const flags = nodeFlags();
  if (flags === '') return undefined;
  const loader = LOADER.exec(flags)?.[1];
  if (loader !== undefined) return register(asUrl(loader) + 'esm/api/index.mjs');
  if (!NAMED.test(flags)) return undefined;
  // Resolved as `require` would, which finds the CommonJS twin of the file; the other one stands beside it.
  const { createRequire } = process.getBuiltinModule('node:module');
  const twin = createRequire(`${process.cwd()}/`).resolve('tsx/esm/api');
  return register(asUrl(twin.replace(/\.cjs$/, '.mjs')));
}

async function register(url: string): Promise<void> {
  const api = (await importModule(url)) as { register(): unknown };
  api.register();
}

function asUrl(path: string): string {
  return path.startsWith('file:') ? path : pathToFileURL(path).href;
}
