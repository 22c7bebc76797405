/**
 * Loads the module of a job.
 *
 * On Node 20, `import()` first loads a good part of Node's own library (fs.promises, readline and more), which is a fifth
 * of what starting a bare Worker costs, and half a megabyte. `require` of an ES module needs none of it, and gives the
 * same module. It is used where it means the same: for what is an ES module by its name or its package, and not where
 * flags may have put hooks into the loading, which `require` would pass by. What it cannot load (a top-level `await`) is
 * left to `import()`, and has not run by then.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { importModule, requireFile } from '../core/import-module.ts';
import { nodeFlags } from './node-flags.ts';

const HOOKS = /(?:^|\s)(?:--import|--require|-r|--loader|--experimental-loader)\b/;

type Exports = Record<string, unknown>;

/** The exports of the module at this address, as `import()` gives them. */
export async function loadModule(url: string): Promise<Exports> {
  try {
    return requireModule(url) ?? ((await importModule(url)) as Exports);
  } catch (error) {
    throw located(withoutImporter(error), url);
  }
}

/** Nobody's mistake is in the file that imports a job's module: it is this package's. */
function withoutImporter(error: unknown): unknown {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND') return error;
  const [ours] = / imported from \S*[\\/]load\.cjs$/.exec(message) ?? [];
  if (ours !== undefined) {
    const missing = error as Error;
    missing.message = message.slice(0, -ours.length);
    missing.stack = missing.stack?.replace(message, missing.message) ?? '';
  }
  return error;
}

function requireModule(url: string): Exports | undefined {
  if (!process.versions.node.startsWith('20.') || mayHaveHooks()) return undefined;
  const { protocol, search, hash } = new URL(url);
  if (protocol !== 'file:' || search !== '' || hash !== '') return undefined;
  const path = fileURLToPath(url);
  if (!isEsModule(path)) return undefined;
  try {
    const exports = requireFile(path);
    // It can tell `require` to take something else.
    return types.isModuleNamespaceObject(exports) ? (exports as Exports) : undefined;
  } catch (error) {
    const code = (error as { code?: unknown } | null | undefined)?.code;
    if (typeof code === 'string' && code.startsWith('ERR_REQUIRE_')) return undefined;
    throw error;
  }
}

/** Where no file is named, only what prints an error of Node's own loader is told which it is: here, what was loaded. */
function located(error: unknown, url: string): unknown {
  if (!(error instanceof SyntaxError) || error.stack?.startsWith(error.name) !== true) return error;
  const top = /^ +at (.*)$/m.exec(error.stack)?.[1];
  if (top === undefined || top.includes('node:'))
    error.stack = `${url}, or what it imports\n${error.stack}`;
  return error;
}

function mayHaveHooks(): boolean {
  const flags = nodeFlags();
  return flags !== '' && HOOKS.test(flags);
}

function isEsModule(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  if (path.endsWith('.mjs')) return true;
  return path.endsWith('.js') && typeOfPackage(dirname(path)) === 'module';
}

function typeOfPackage(folder: string): unknown {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    return (JSON.parse(text) as { type?: unknown }).type;
  } catch {
    const above = dirname(folder);
    return above === folder || folder.endsWith('node_modules') ? undefined : typeOfPackage(above);
  }
}
