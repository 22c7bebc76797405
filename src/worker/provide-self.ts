/**
 * Lets a script that lies outside of any package which has coppice installed still import or require "coppice": it
 * gets the copy that runs it.
 *
 * Only a fallback: where the name resolves by itself, nothing is changed.
 */

const NAME = 'coppice';

interface ResolveHooks {
  resolve(name: string, context: object, next: (name: string, context: object) => object): object;
}

interface OldModule {
  _resolveFilename(name: string, ...rest: unknown[]): string;
}

export function provideSelf(script: string): void {
  if (resolves(script)) return;
  const { Module, register } = process.getBuiltinModule('node:module');
  const url = new URL('./index.js', import.meta.url).href;
  const { registerHooks } = Module as { registerHooks?: (hooks: ResolveHooks) => void };
  if (registerHooks) {
    // Node 22.15 and later: one hook for import and require.
    registerHooks({
      resolve: (name, context, next) =>
        name === NAME ? { url, shortCircuit: true } : next(name, context),
    });
    return;
  }
  register(`data:text/javascript,${encodeURIComponent(hookSource(url))}`);
  const loader = Module as unknown as OldModule;
  const original = loader._resolveFilename;
  loader._resolveFilename = function (name, ...rest) {
    return name === NAME ? new URL(url).pathname : Reflect.apply(original, this, [name, ...rest]);
  };
}

function resolves(script: string): boolean {
  try {
    process.getBuiltinModule('node:module').createRequire(script).resolve(NAME);
    return true;
  } catch {
    return false;
  }
}

function hookSource(url: string): string {
  return `export const resolve = (name, context, next) =>
    name === ${JSON.stringify(NAME)} ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(name, context);`;
}
