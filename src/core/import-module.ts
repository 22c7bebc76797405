/**
 * `import()` of a module whose address is known at run time only. In the built package this code is part of a script
 * that V8 may have taken from its compiled form, for which Node knows no `import()`; so who loaded it gives one
 * (load.ts).
 */
declare const COPPICE_IMPORT: undefined | ((url: string) => Promise<unknown>);

export const importModule: (url: string) => Promise<unknown> =
  typeof COPPICE_IMPORT === 'undefined' ? (url) => import(url) : COPPICE_IMPORT;
