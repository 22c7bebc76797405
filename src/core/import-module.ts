/**
 * Loading a module whose address is known at run time only. In the built package this code is part of a script that V8
 * may have taken from its compiled form, for which Node knows no `import()`; so who loaded it gives one (load.ts), with
 * its `require`.
 */

export interface Loading {
  readonly importModule: (url: string) => Promise<unknown>;
  readonly require: (path: string) => unknown;
}

declare const COPPICE_LOADING: undefined | Loading;

export const importModule: Loading['importModule'] =
  typeof COPPICE_LOADING === 'undefined' ? (url) => import(url) : COPPICE_LOADING.importModule;

/** `require` of a file by its path. A Worker that needs no other part of `node:module` starts sooner. */
export function requireFile(path: string): unknown {
  if (typeof COPPICE_LOADING !== 'undefined') return COPPICE_LOADING.require(path);
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(path);
}
