/**
 * The one symbol under which a function carries its generator twin. Compiled functions, built-ins that call back, and
 * blocking calls all use it; a call site in compiled code looks nowhere else.
 */
export const TWIN: unique symbol = Symbol.for('coppice.twin') as never;

// oxlint-disable-next-line typescript/no-explicit-any -- a twin takes what its function takes
export type Twin<R = unknown> = (this: any, ...args: any[]) => Generator<unknown, R>;

/** Gives `target` its twin. Not enumerable, so that nothing that copies properties copies it. */
export function setTwin(target: object, twin: Twin): void {
  Object.defineProperty(target, TWIN, { value: twin, configurable: true });
}

/** The twin of a function that is known to have one. */
export function twinOf<R>(target: (...args: never[]) => R): Twin<R> {
  return (target as unknown as Record<typeof TWIN, Twin<R>>)[TWIN];
}
