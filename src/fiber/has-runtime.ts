/** Where the runtime of compiled code stands in a heap, once it is loaded: for CommonJS files, and a second copy of it. */
export const RUNTIME = Symbol.for('coppice.fiber');

/** Is the program of this heap compiled? Then a function without a twin is one that was proven to never wait, or async. */
export function hasRuntime(): boolean {
  return Object.hasOwn(globalThis, RUNTIME);
}
